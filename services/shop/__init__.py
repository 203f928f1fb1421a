"""Products, stock and orders."""
