"""Where a field's values come from: one function for each kind of field, asked for all parents at once."""

from typing import Any

from executor.arguments import is_immutable
from executor.code import column_code
from executor.declarations import Batched, Column, Computed
from executor.plan import Field, Source
from executor.run import Answer, Run
from executor.spots import FieldSpots
from executor.values import LASTING, UNCALLED, Unusual, is_mapping_class, is_null


def column(declared: Column) -> Source:
    """A column whose type is no leaf, or which takes arguments."""
    values = column_code(declared)

    def read(run: Run, field: Field, parents: list[Any], spots: FieldSpots) -> Answer:
        field.arguments(run)  # which may be wrong
        return _stored(values(parents), spots)

    return read


def computed(declared: Computed) -> Source:
    """What is computed and is no leaf, or takes arguments."""

    def compute(run: Run, field: Field, parents: list[Any], _spots: FieldSpots) -> Answer:
        field.arguments(run)
        values: list[Any] = []
        run.made.append(values)
        values.extend(map(declared.function, parents))
        return values

    return compute


def batched(declared: Batched) -> Source:
    """One load for all parents."""

    def loaded(run: Run, field: Field, parents: list[Any]) -> Any:
        return declared.loaded(run.context, parents, field.arguments(run), field.wanted)

    async def load(run: Run, field: Field, parents: list[Any]) -> list[Any]:
        return _one_each(run, parents, list(await loaded(run, field, parents)))

    def answer(run: Run, field: Field, parents: list[Any], _spots: FieldSpots) -> Answer:
        return _one_each(run, parents, list(loaded(run, field, parents)))

    def start(run: Run, field: Field, parents: list[Any], _spots: FieldSpots) -> Answer:
        return run.later(load(run, field, parents))

    return answer if declared.answers else start


def _one_each(run: Run, parents: list[Any], values: list[Any]) -> list[Any]:
    run.made.append(values)
    if len(values) != len(parents):
        raise Unusual
    return values


def resolved(run: Run, field: Field, parents: list[Any], spots: FieldSpots) -> Answer:
    """The field's resolver, called for each parent."""
    resolve = field.definition.resolve or run.field_resolver
    values: list[Any] = []
    run.made.append(values)
    arguments = field.arguments(run)
    shared = all(map(is_immutable, arguments.values()))
    for parent, info in zip(parents, spots.infos(), strict=True):
        values.append(resolve(parent, info, **(arguments if shared else field.coerced(run))))
    return values


def default(run: Run, field: Field, parents: list[Any], spots: FieldSpots) -> Answer:
    """What graphql-core's default resolver reads off a parent, or calls there."""
    arguments = field.arguments(run)
    values = _read(field.nodes[0].name.value, parents)
    if UNCALLED.all(values):
        spots.stored = True
        return values
    if not any(map(callable, values)):
        return _stored(values, spots)
    if not all(callable(value) or is_null(value) for value in values):
        raise Unusual  # some belong to their parents, some do not
    made: list[Any] = []
    run.made.append(made)
    for value, info in zip(values, spots.infos(), strict=True):
        made.append(value(info, **arguments) if callable(value) else value)
    return made


def _stored(values: list[Any], spots: FieldSpots) -> list[Any]:
    """Values that belong to the parents. What can be used only once is left to graphql-core: it might be needed."""
    if not LASTING.all(values):
        raise Unusual
    spots.stored = True
    return values


def _read(name: str, parents: list[Any]) -> list[Any]:
    kinds = set(map(type, parents))
    if kinds == {dict}:
        return [parent.get(name) for parent in parents]
    mappings = {kind for kind in kinds if is_mapping_class(kind)}
    if not mappings:
        return [getattr(parent, name, None) for parent in parents]
    return [parent.get(name) if type(parent) in mappings else getattr(parent, name, None) for parent in parents]
