"""Measuring Allotment beside others, on the same tables and the same machine: `make bench` (bench/README.md)."""
