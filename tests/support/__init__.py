"""What tests are written with: a world of two tenants, clients that are signed in to it, factories and budgets."""
