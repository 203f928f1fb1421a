"""Observation of the server by its operators: what is counted, traced and logged about operations and statements.

Everything is composed at the start. What is off adds no call to a request."""
