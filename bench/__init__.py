"""Benchmarks: each runs with one command and prints ratios."""
