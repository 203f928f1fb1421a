"""Benchmarks of Allotment and other servers, on the same tables and machine: `make bench` (see bench/README.md)."""
