"""Tenant isolation: no principal can see or change data of another tenant with any operation."""
