"""Shared test support: application fixture with two tenants, GraphQL clients, sample data, documents and strategies."""
