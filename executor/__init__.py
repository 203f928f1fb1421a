"""Compiled execution of GraphQL operations: a drop-in for graphql-core's `execute()`. docs/executor.md explains it."""

from executor.cache import Plans
from executor.declarations import FIELD, Batched, Column, Computed, Declaration, Prefixed, ordinary_resolver
from executor.execute import execute
from executor.explain import explain

__all__ = [
    "FIELD",
    "Batched",
    "Column",
    "Computed",
    "Declaration",
    "Plans",
    "Prefixed",
    "execute",
    "explain",
    "ordinary_resolver",
]
