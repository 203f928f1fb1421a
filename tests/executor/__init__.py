"""Tests of the executor: conformance with the GraphQL specification, and equality with graphql-core."""
