"""Tests of the export, the import and the erasure of tenants."""
