"""Tests of database connections, transactions and authentication."""
