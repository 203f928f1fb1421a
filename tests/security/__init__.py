"""Attacks and failures that an operator must be able to rule out."""
