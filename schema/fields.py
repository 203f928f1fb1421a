"""Fields that say how they come about, so that an executor need not call them once a parent: under executor.FIELD in
their metadata. Strawberry's ordinary resolver of such a field does the same for one parent."""

from collections.abc import Callable, Mapping, Sequence
from inspect import Parameter
from typing import Any

import strawberry

from executor import FIELD, Batched, Computed, ordinary_resolver
from schema.arguments import INFO, PARENT, signed


def loaded(
    batched: Batched,
    kind: Any,
    description: str,
    parameters: Sequence[Parameter] = (),
    metadata: Mapping[Any, Any] | None = None,
) -> Any:
    """A field that is loaded for all parents at once."""
    ordinary = ordinary_resolver(batched)

    def answer(root: Any, info: Any, **arguments: Any) -> Any:
        return ordinary(root, info, **arguments)

    async def resolve(root: Any, info: Any, **arguments: Any) -> Any:
        return await ordinary(root, info, **arguments)

    return strawberry.field(
        resolver=signed(answer if batched.answers else resolve, PARENT, INFO, *parameters),
        graphql_type=kind,
        description=description,
        metadata={FIELD: batched, **(metadata or {})},
    )


def computed(
    function: Callable[[Any], Any], kind: Any, description: str, *reads: str, metadata: Mapping[Any, Any] | None = None
) -> Any:
    """A field that a plain function makes of its parent, reading these attributes off it."""

    def resolve(root: Any) -> Any:
        return function(root)

    return strawberry.field(
        resolver=signed(resolve, PARENT),
        graphql_type=kind,
        description=description,
        metadata={FIELD: Computed(function, frozenset(reads)), **(metadata or {})},
    )
