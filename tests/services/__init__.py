"""Tests of use cases, the unit of work and services, on both database engines."""
