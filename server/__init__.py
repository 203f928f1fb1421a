"""The composition root: settings, HTTP, GraphQL, logs, command line and seed data."""
