"""Fleets of clients and soaks, run by `make test-long`."""
