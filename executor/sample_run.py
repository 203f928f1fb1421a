"""Runs an operation on samples: resolves each field of its plan for one parent, to show what an execution would do.

Nothing is completed, and an error of a field affects only the fields below it. The caller provides a context whose
loads return samples. Root fields of mutations and subscriptions are not resolved."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

from graphql import GraphQLNamedType, OperationType, default_field_resolver, default_type_resolver, get_named_type
from graphql.execution.values import VariableValues

from executor.abstract_completion import AbstractCompleter
from executor.execution import Execution
from executor.list_completion import ListCompleter
from executor.meter import Meter
from executor.object_completion import ObjectCompleter
from executor.plan import Completer, Field, Plan, Selection
from executor.positions import FieldPositions, ItemPositions, RootPosition
from executor.types import Positions

MISSING = object()
"""Instead of a value that was not resolved."""


@dataclass(eq=False)
class SampledField:
    """A field of a plan that is not read from its parent."""

    path: tuple[str, ...]
    coordinates: str
    type: GraphQLNamedType
    error: Exception | None = None

    @property
    def is_root(self) -> bool:
        """Whether it is a field of the operation itself."""
        return len(self.path) == 1


Observe = Callable[[SampledField], AbstractContextManager[None]]
"""Is called around the resolution of each field."""


class SampleRun:
    """The run of one plan on samples."""

    def __init__(self, plan: Plan, variables: VariableValues, context: Any, observe: Observe) -> None:
        self._plan = plan
        self._observe = observe
        self._execution = execution = Execution(plan.operation, variables, None, context)
        execution.field_resolver, execution.type_resolver = default_field_resolver, default_type_resolver
        execution.hide_suggestions, execution.dedupe_objects, execution.slicing = False, False, None
        execution.meter = Meter()
        self.fields: list[SampledField] = []

    async def run(self) -> list[SampledField]:
        """Resolve all fields, in the order of the operation."""
        is_query = self._plan.operation.definition.operation is OperationType.QUERY
        try:
            await self._visit(self._plan.root, None if is_query else MISSING, RootPosition(), ())
        finally:
            self._execution.abandon()
        return self.fields

    async def _visit(self, selection: Selection, parent: Any, positions: Positions, path: tuple[str, ...]) -> None:
        for field in selection.fields:
            name = f"{selection.type.name}.{field.nodes[0].name.value}"
            sampled = SampledField((*path, field.response_key), name, get_named_type(field.definition.type))
            self.fields.append(sampled)
            field_positions = FieldPositions(self._execution, field, positions)
            value = (
                MISSING if parent is MISSING else await self._try_to_resolve(field, parent, field_positions, sampled)
            )
            try:
                await self._descend(field.completer, value, field_positions, sampled.path)
            except Exception as error:  # noqa: BLE001 -- of the value or its type; those of fields below are theirs
                sampled.error = error

    async def _try_to_resolve(self, field: Field, parent: Any, positions: Positions, sampled: SampledField) -> Any:
        try:
            with self._observe(sampled):
                return await self._resolve(field, parent, positions)
        except Exception as error:  # noqa: BLE001 -- the caller judges it
            sampled.error = error
            return MISSING

    async def _resolve(self, field: Field, parent: Any, positions: Positions) -> Any:
        values = field.resolve(self._execution, field, [parent], positions)
        (value,) = values if isinstance(values, list) else await values
        if isawaitable(value):
            value = await value
        if isinstance(value, BaseException):
            raise value
        return MISSING if value is None else value

    async def _descend(self, completer: Completer, value: Any, positions: Positions, path: tuple[str, ...]) -> None:
        """Visit the selection of an object, or of the first item of a list."""
        if isinstance(completer, ListCompleter):
            item = next(_items(value), MISSING)
            items = positions if item is MISSING else ItemPositions(positions, [[item]])
            await self._descend(completer.item_completer, item, items, path)
        elif isinstance(completer, ObjectCompleter):
            await self._visit(completer.selection, value, positions, path)
        elif isinstance(completer, AbstractCompleter) and value is not MISSING:
            name = await completer.resolve_type(self._execution, value, positions)
            await self._visit(completer.selection_of(name), value, positions, path)


def _items(value: Any) -> Iterator[Any]:
    return iter(value) if isinstance(value, Iterable) else iter(())
