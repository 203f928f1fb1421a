"""Fixtures of the audit's tests."""

from tests.tenancy.conftest import tenant_rows

__all__ = ["tenant_rows"]
