"""Fields with executor metadata (EXECUTOR_EXTENSION), which an executor uses instead of one resolver call per parent.
Their Strawberry resolver returns the same for one parent."""

from collections.abc import Callable, Mapping, Sequence
from inspect import Parameter
from typing import Any

import strawberry

from executor import EXECUTOR_EXTENSION, BatchedField, ComputedField, build_resolver
from schema.arguments import INFO, PARENT, with_signature


def batched_field(
    batched: BatchedField,
    graphql_type: Any,
    description: str,
    parameters: Sequence[Parameter] = (),
    metadata: Mapping[Any, Any] | None = None,
) -> Any:
    """A field that is loaded for all parents at once."""
    resolver = build_resolver(batched)

    def resolve(root: Any, info: Any, **arguments: Any) -> Any:
        return resolver(root, info, **arguments)

    async def resolve_async(root: Any, info: Any, **arguments: Any) -> Any:
        return await resolver(root, info, **arguments)

    return strawberry.field(
        resolver=with_signature(resolve if batched.is_sync else resolve_async, PARENT, INFO, *parameters),
        graphql_type=graphql_type,
        description=description,
        metadata={EXECUTOR_EXTENSION: batched, **(metadata or {})},
    )


def computed_field(
    function: Callable[[Any], Any],
    graphql_type: Any,
    description: str,
    *parent_attributes: str,
    metadata: Mapping[Any, Any] | None = None,
) -> Any:
    """A field that a synchronous function computes from these attributes of its parent."""

    def resolve(root: Any) -> Any:
        return function(root)

    return strawberry.field(
        resolver=with_signature(resolve, PARENT),
        graphql_type=graphql_type,
        description=description,
        metadata={EXECUTOR_EXTENSION: ComputedField(function, frozenset(parent_attributes)), **(metadata or {})},
    )
