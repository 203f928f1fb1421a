"""Tests of read replicas."""
