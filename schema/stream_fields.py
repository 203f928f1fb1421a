"""Fields of the type Subscription. Each selects changes of the current tenant, and each change is the root value of an
execution."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from inspect import Parameter
from typing import Any

from executor import BatchedField
from resolvers.changes import ChangeSelection
from schema.fields import batched_field
from schema.requirements import describe_requirement, requirement_metadata
from services.core.access import Requirement

STREAM = "allotment.stream"


@dataclass(frozen=True)
class ChangeStream:
    """Which changes a field selects, as a function of its arguments."""

    select: Callable[[Mapping[str, Any]], ChangeSelection]


def stream_field(
    select: Callable[[Mapping[str, Any]], ChangeSelection],
    graphql_type: Any,
    parameters: Sequence[Parameter],
    *,
    required: Requirement,
    description: str,
) -> Any:
    """A field that returns each change that it selects."""
    return batched_field(
        BatchedField(_return_changes, is_sync=True),
        graphql_type,
        f"{description} {describe_requirement(required)}",
        parameters,
        metadata=requirement_metadata(required) | {STREAM: ChangeStream(select)},
    )


def _return_changes(_context: Any, changes: Sequence[Any], _arguments: Mapping[str, Any]) -> Sequence[Any]:
    return changes
