"""The limits on GraphQL operations that operators may change."""

from dataclasses import dataclass


@dataclass(frozen=True)
class OperationLimits:
    """The settings MAX_QUERY_DEPTH, MAX_ROOT_FIELDS, MAX_ALIASES, MAX_OPERATIONS, MAX_COST_USER, MAX_COST_API_KEY,
    MAX_COST_ANONYMOUS and MAX_RESPONSE_BYTES."""

    depth: int = 15
    root_fields: int = 50
    aliases: int = 50
    operations: int = 50
    cost_user: int = 250_000
    cost_api_key: int = 250_000
    cost_anonymous: int = 1_000
    response_bytes: int = 16 * 2**20


DEFAULT_LIMITS = OperationLimits()
