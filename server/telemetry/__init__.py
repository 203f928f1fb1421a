"""Logging: setup, formatters, and the context of the current request that every log line carries."""
