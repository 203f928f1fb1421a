"""Fields with executor metadata (EXECUTOR_EXTENSION), which an executor uses instead of one resolver call per parent.
Their Strawberry resolver returns the same for one parent."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from inspect import Parameter
from typing import Any

import strawberry

from executor import EXECUTOR_EXTENSION, AttributeField, BatchedField, ComputedField, build_resolver
from resolvers.past import refuse_past
from schema.arguments import INFO, PARENT, with_signature


def batched_field(  # noqa: PLR0913 -- keywords
    batched: BatchedField,
    graphql_type: Any,
    description: str,
    parameters: Sequence[Parameter] = (),
    metadata: Mapping[Any, Any] | None = None,
    *,
    has_past: bool = False,
) -> Any:
    """A field that is loaded for all parents at once. Unless it `has_past`, it is refused for objects in the past."""
    batched = batched if has_past else replace(batched, load=_refusing_past(batched.load))
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


def _refusing_past(load: Callable[..., Any]) -> Callable[..., Any]:
    def load_present(context: Any, parents: Sequence[Any], *rest: Any) -> Any:
        refuse_past(parents)
        return load(context, parents, *rest)

    return load_present


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


def attribute_field(declaration: AttributeField, graphql_type: Any, description: str) -> Any:
    """A field that is an attribute of its parent with another name."""
    resolver = build_resolver(declaration)

    def resolve(root: Any, info: Any) -> Any:
        return resolver(root, info)

    return strawberry.field(
        resolver=with_signature(resolve, PARENT, INFO),
        graphql_type=graphql_type,
        description=description,
        metadata={EXECUTOR_EXTENSION: declaration},
    )
