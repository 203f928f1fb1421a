"""Tests of lists, filters, orders and cursors against reference implementations in Python."""
