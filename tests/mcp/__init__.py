"""Tests of the endpoint of AI agents."""
