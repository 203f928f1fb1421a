"""Strawberry input types, enums, filters and orders. They are below `resolvers`, which annotate arguments with them."""
