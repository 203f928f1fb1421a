"""The GraphQL schema: Strawberry types, one file per noun, with names, relations and required access, but no logic."""
