"""The limits on GraphQL operations that operators may change."""

from dataclasses import dataclass


@dataclass(frozen=True)
class OperationLimits:
    """The settings MAX_QUERY_DEPTH, MAX_ROOT_FIELDS, MAX_ALIASES and MAX_OPERATIONS."""

    depth: int = 15
    root_fields: int = 50
    aliases: int = 50
    operations: int = 50


DEFAULT_LIMITS = OperationLimits()
