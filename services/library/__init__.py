"""Documents and articles."""
