"""Scheduled work of the server itself, which one process performs at a time."""
