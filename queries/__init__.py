"""SQL statement builders shared by services and loaders: tenant scope, filters, order, pages, locks and writes."""
