"""Fleets of clients, failovers and soaks, run by `make test-long`."""
