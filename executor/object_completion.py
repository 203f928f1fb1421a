"""Completes objects: executes every field of a selection for all parents, one level of the operation at a time."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from executor.completion import complete_values
from executor.execution import Execution
from executor.plan import Field, Selection
from executor.positions import FieldPositions
from executor.types import AwaitableOrList, Bailout, Positions
from executor.value_checks import any_awaitable


class ObjectCompleter:
    """Completes objects of one object type."""

    accepts_null = False

    def __init__(self, selection: Selection, *, required: bool) -> None:
        self.required = required
        self.selection = selection
        self.projection = selection.projection

    def complete(self, execution: Execution, values: list[Any], positions: Positions) -> AwaitableOrList:
        return complete_objects(execution, self.selection, values, positions)

    def describe(self) -> str:
        return self.selection.type.name


def complete_objects(
    execution: Execution, selection: Selection, parents: list[Any], positions: Positions
) -> AwaitableOrList:
    """Return the response objects of a selection, after the type's `is_type_of` has accepted all parents."""
    if not parents:
        return []
    if (is_type_of := selection.type.is_type_of) is None:
        return execute_selection(execution, selection, parents, positions)
    pairs = zip(parents, positions.infos(), strict=True)
    checks = await_type_checks(execution, (is_type_of(parent, info) for parent, info in pairs))
    return execution.then(checks, partial(_execute_if_accepted, execution, selection, parents, positions))


def await_type_checks(execution: Execution, checks: Iterator[Any]) -> AwaitableOrList:
    """Return the results of type predicates or type resolvers."""
    results: list[Any] = []
    execution.resolved_types.append(results)
    results.extend(checks)
    return execution.track(execution.await_values(results)) if any_awaitable(results) else results


def _execute_if_accepted(
    execution: Execution, selection: Selection, parents: list[Any], positions: Positions, accepted: list[Any]
) -> AwaitableOrList:
    if not all(accepted):
        raise Bailout
    return execute_selection(execution, selection, parents, positions)


def execute_selection(
    execution: Execution, selection: Selection, parents: list[Any], positions: Positions
) -> AwaitableOrList:
    """Return the response objects of a selection. Each field runs until it has to wait; then all fields wait
    together."""
    if execution.dedupe_objects and not selection.fields:
        return _build_deduplicated(selection, parents)
    parts = [
        _execute_field(execution, field, parents, FieldPositions(execution, field, positions))
        for field in selection.fields
    ]
    pending = [part for part in parts if type(part) is not list]
    if not pending:
        return selection.build_objects(parents, *parts)
    if len(pending) == 1:
        return execution.then(pending[0], partial(_build_with_awaited, selection, parents, parts))
    awaited = execution.track(execution.await_values(parts))
    return execution.then(awaited, lambda results: selection.build_objects(parents, *results))


def _build_with_awaited(
    selection: Selection, parents: list[Any], parts: list[AwaitableOrList], awaited: list[Any]
) -> list[Any]:
    """Build the objects when the only pending field has its results."""
    return selection.build_objects(parents, *(part if type(part) is list else awaited for part in parts))


def _build_deduplicated(selection: Selection, parents: list[Any]) -> list[Any]:
    """Build one response object for each distinct parent, and use it wherever the parent occurs."""
    ids = list(map(id, parents))
    unique = dict(zip(ids, parents, strict=True))
    if len(unique) == len(parents):
        return selection.build_objects(parents)
    objects = dict(zip(unique, selection.build_objects(unique.values()), strict=True))
    return list(map(objects.__getitem__, ids))


def _execute_field(
    execution: Execution, field: Field, parents: list[Any], positions: FieldPositions
) -> AwaitableOrList:
    """Return the completed values of a field, one per parent."""
    values = field.resolve(execution, field, parents, positions)
    return execution.then(values, lambda values: complete_values(execution, field.completer, values, positions))
