"""Tests of docs/operations.md and of deploy/."""
