"""Tests that the same rules hold on every transport."""
