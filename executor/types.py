"""Types that several modules of the executor share. This module imports none of the others."""

from collections.abc import Coroutine, Sequence
from typing import Any

from graphql import GraphQLResolveInfo
from graphql.pyutils import Path

AwaitableOrList = list[Any] | Coroutine[Any, Any, list[Any]]
"""A list of values, or a coroutine that returns one. A coroutine is only created where a value has to be awaited."""


class Bailout(Exception):
    """There is no plan, or it cannot continue; graphql-core must execute the operation. The message says why."""


NULL_IN_REQUIRED = "A field that is not null has no value."
USED_ONCE = "A value of a parent can be used only once."


class Positions:
    """The response path of each value in a list of values, and the `GraphQLResolveInfo` of the field it belongs to."""

    needed_for_fallback = False
    """Whether graphql-core would need the same values again, so that the plan must not consume them."""

    is_encodable = True
    """Whether the objects at these positions may be encoded before the result is complete."""

    encoded_bytes = 0
    """The bytes of the objects below a field that have been encoded."""

    def add_bytes(self, size: int) -> None:
        """Count encoded bytes for all fields that contain them."""

    def paths(self) -> Sequence[Path | None]:
        """Return the response path of each value."""
        raise NotImplementedError

    def infos(self) -> Sequence[GraphQLResolveInfo[Any]]:
        """Return the resolve info of the field that each value belongs to."""
        raise NotImplementedError
