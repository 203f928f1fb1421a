"""Checks of project rules. Each check is a function that returns the violations, and has a test that it finds them."""
