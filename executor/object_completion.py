"""Completes objects: executes every field of a selection for all parents, one level of the operation at a time."""

from collections.abc import Iterator
from functools import partial
from operator import itemgetter
from typing import Any

from executor.completion import complete_values
from executor.execution import Execution
from executor.object_encoding import encode_objects
from executor.plan import Field, Selection
from executor.positions import FieldPositions, PositionSubset
from executor.selection_size import NO_OBJECTS, object_size
from executor.slicing import MAX_PLAIN_VALUES, Slicing, must_encode
from executor.types import AwaitableOrList, Bailout, Positions
from executor.value_checks import any_awaitable


class ObjectCompleter:
    """Completes objects of one object type."""

    accepts_null = False

    def __init__(self, selection: Selection, *, required: bool) -> None:
        self.required = required
        self.selection = selection
        self.projection = selection.projection
        self.size = object_size(selection.size)
        self._complete = execute_selection if selection.type.is_type_of is None else complete_objects

    def complete(self, execution: Execution, values: list[Any], positions: Positions) -> AwaitableOrList:
        return self._complete(execution, self.selection, values, positions)

    def describe(self) -> str:
        return self.selection.type.name


def complete_objects(
    execution: Execution, selection: Selection, parents: list[Any], positions: Positions
) -> AwaitableOrList:
    """Return the response objects of a selection, after the type's `is_type_of` has accepted all parents."""
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
        raise Bailout("A type predicate refused an object.")
    return execute_selection(execution, selection, parents, positions)


def execute_selection(
    execution: Execution, selection: Selection, parents: list[Any], positions: Positions
) -> AwaitableOrList:
    """Return the response objects of a selection. If a plan may be sliced and the selection is large, the parents are
    executed in chunks."""
    if not parents:
        return []
    size = selection.size
    count = len(parents)
    execution.meter.points += count * size.points_per_parent
    if not selection.fields:
        return _build_objects(execution, selection, parents, [positions], [])
    if execution.slicing is not None and count > size.max_parents:
        max_parents, chunk_size = size.limits.evaluate(execution.variables.coerced)
        if count > max_parents:
            return execution.track(
                _execute_chunks(execution, execution.slicing, selection, parents, positions, chunk_size)
            )
    return _execute_batch(execution, selection, parents, positions)


def _execute_batch(
    execution: Execution, selection: Selection, parents: list[Any], positions: Positions
) -> AwaitableOrList:
    """Return the response objects of a selection with fields. Each field runs until it has to wait; then all fields
    wait together."""
    all_positions = [positions]
    parts: list[Any] = []
    pending: list[int] = []
    for index, field in enumerate(selection.fields):
        field_positions = FieldPositions(execution, field, positions)
        all_positions.append(field_positions)
        part = _execute_field(execution, field, parents, field_positions)
        parts.append(part)
        if type(part) is not list:
            pending.append(index)
    if not pending:
        return _build_objects(execution, selection, parents, all_positions, parts)
    return execution.track(_build_awaited(execution, selection, parents, all_positions, parts, pending))


async def _build_awaited(  # noqa: PLR0913, PLR0917 - the parts of a batch
    execution: Execution,
    selection: Selection,
    parents: list[Any],
    all_positions: list[Positions],
    parts: list[Any],
    pending: list[int],
) -> list[Any]:
    """Build the objects when the fields with these indexes, which are pending, have their results."""
    if len(pending) == 1:
        (index,) = pending
        parts[index] = await parts[index]
    else:
        parts = await execution.await_values(parts)
    objects = _build_objects(execution, selection, parents, all_positions, parts)
    return objects if type(objects) is list else await objects  # type: ignore[misc]


async def _execute_chunks(  # noqa: PLR0913, PLR0917 - the parts of a batch
    execution: Execution,
    slicing: Slicing,
    selection: Selection,
    parents: list[Any],
    positions: Positions,
    chunk_size: int,
) -> list[Any]:
    """Return the response objects of a selection. The parents are executed in chunks, one after the other: so few rows
    are in memory at a time."""
    objects: list[Any] = []
    for start in range(0, len(parents), chunk_size):
        indexes = range(start, min(start + chunk_size, len(parents)))
        subset = positions if len(indexes) == len(parents) else PositionSubset(positions, indexes)
        objects += await _execute_chunk(execution, slicing, selection, parents[start : start + chunk_size], subset)
    return objects


async def _execute_chunk(
    execution: Execution, slicing: Slicing, selection: Selection, parents: list[Any], positions: Positions
) -> list[Any]:
    """Return the response objects of a chunk. Its fields are executed one after the other."""
    all_positions = [positions, *(FieldPositions(execution, field, positions) for field in selection.fields)]
    parts: list[Any] = [None] * len(selection.fields)
    for index in selection.size.field_order:
        field = selection.fields[index]
        own_execution = execution.begin_chunk()  # so that the rows that the field loads are freed
        part = _execute_field(own_execution, field, parents, all_positions[index + 1])
        parts[index] = part if type(part) is list else await part  # type: ignore[misc]
        execution.end_chunk(own_execution)
        if field.completer.size is not NO_OBJECTS:
            slicing.on_chunk()
        await slicing.pacer.pause()
    objects = _build_objects(execution, selection, parents, all_positions, parts)
    return objects if type(objects) is list else await objects  # type: ignore[misc]


def _build_objects(
    execution: Execution,
    selection: Selection,
    parents: list[Any],
    all_positions: list[Positions],
    parts: list[Any],
) -> AwaitableOrList:
    """Return a response object per parent, encoded if there are too many values. `all_positions` are those of the
    parents and, after them, of the fields."""
    slicing = execution.slicing
    if slicing is not None:
        meter = execution.meter
        values = len(parents) * selection.size.value_count
        meter.plain_values += values
        if meter.plain_values > MAX_PLAIN_VALUES and all_positions[0].is_encodable and must_encode(meter, values):
            return execution.track(encode_objects(execution, slicing, selection, parents, all_positions, parts))
    if execution.dedupe_objects and not selection.fields:
        return _build_deduplicated(selection, parents)
    return selection.build_objects(parents, *parts)


def _build_deduplicated(selection: Selection, parents: list[Any]) -> list[Any]:
    """Build one response object for each distinct parent, and use it wherever the parent occurs."""
    if len(parents) == 1:
        return selection.build_objects(parents)
    ids = [id(parent) for parent in parents]
    unique = dict(zip(ids, parents, strict=True))
    if len(unique) == len(parents):
        return selection.build_objects(parents)
    objects = dict(zip(unique, selection.build_objects(unique.values()), strict=True))
    return list(itemgetter(*ids)(objects))


def _execute_field(execution: Execution, field: Field, parents: list[Any], positions: Positions) -> AwaitableOrList:
    """Return the completed values of a field, one per parent."""
    if field.is_awaited:
        return execution.track(_execute_awaited_field(execution, field, parents, positions))
    values: Any = field.resolve(execution, field, parents, positions)
    return complete_values(execution, field.completer, values, positions)


async def _execute_awaited_field(
    execution: Execution, field: Field, parents: list[Any], positions: Positions
) -> list[Any]:
    values = await field.resolve(execution, field, parents, positions)  # type: ignore[misc]
    completed = complete_values(execution, field.completer, values, positions)
    return completed if type(completed) is list else await completed  # type: ignore[misc]
