"""Tests for any PostgreSQL server (`make test-server`), besides the tests elsewhere that have the marker any_server."""
