"""Fields that say how they come about, so that an executor need not call them once a parent: under executor.FIELD in
their metadata. Strawberry's ordinary resolver of such a field does the same for one parent."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from inspect import Parameter
from typing import Any

import strawberry

from executor import FIELD, Batched, Computed
from schema.arguments import INFO, PARENT, signed

Load = Callable[[Any, Sequence[Any], Mapping[str, Any]], Awaitable[Sequence[Any]]]
"""`async load(context, parents, arguments)`: a value for each parent, in their order."""


def loaded(
    load: Load,
    kind: Any,
    description: str,
    parameters: Sequence[Parameter] = (),
    metadata: Mapping[Any, Any] | None = None,
) -> Any:
    """A field that is loaded for all parents at once."""

    async def resolve(root: Any, info: Any, **arguments: Any) -> Any:
        (value,) = await load(info.context, [root], arguments)
        return value

    return strawberry.field(
        resolver=signed(resolve, PARENT, INFO, *parameters),
        graphql_type=kind,
        description=description,
        metadata={FIELD: Batched(load), **(metadata or {})},
    )


def computed(function: Callable[[Any], Any], kind: Any, description: str) -> Any:
    """A field that a plain function makes of its parent."""

    def resolve(root: Any) -> Any:
        return function(root)

    return strawberry.field(
        resolver=signed(resolve, PARENT),
        graphql_type=kind,
        description=description,
        metadata={FIELD: Computed(function)},
    )
