"""Finds mutations that cannot be rolled back, although they do not refuse @atomic and @dryRun."""

from collections.abc import Iterator
from types import CodeType
from typing import Any

OUTSIDE_EFFECTS = frozenset(
    {
        *("mailer", "write_as", "run_in_background", "passwords", "switch_user"),
        *("consume_rate_limit", "reset_rate_limit", "limiting_refusals"),
    }
)
"""Attributes of the context and its services with which a resolver does more than one write."""
EFFECT_FUNCTIONS = frozenset(
    {
        *("attempting_code", "clear_refresh_cookie", "confirm_own_password", "deliver_refresh_token", "start_session"),
        *("_limiting_refusals", "_notify"),
    }
)
"""Functions of resolvers that have such effects, send emails, or set cookies."""


def outside_effects(resolver: Any) -> set[str]:
    """Return the names of effects outside one unit of work that a resolver uses itself or in its inner functions."""
    return {name for code in _codes(resolver.__code__) for name in code.co_names} & (OUTSIDE_EFFECTS | EFFECT_FUNCTIONS)


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)
