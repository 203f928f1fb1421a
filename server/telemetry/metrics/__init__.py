"""Metrics: their catalog, their values in one process, the sum over several processes, and the text for Prometheus."""
