"""How rows are found and listed, once for services and loaders: tenant scope, filters, order, pages."""
