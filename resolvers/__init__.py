"""Thin async functions between the GraphQL schema and the services: unpack arguments, call one service or loader."""
