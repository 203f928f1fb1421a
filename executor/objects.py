"""Completing objects: every field of a selection for all parents, one level of the operation after the other."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from executor.completion import complete
from executor.plan import Field, Selection
from executor.run import Answer, Run
from executor.spots import FieldSpots, Spots
from executor.values import Unusual, any_awaitable


class Objects:
    """Objects of one type."""

    writes_null = False

    def __init__(self, selection: Selection, *, required: bool) -> None:
        self.required = required
        self.selection = selection
        self.reads = selection.reads

    def complete(self, run: Run, values: list[Any], spots: Spots) -> Answer:
        return objects(run, self.selection, values, spots)

    def describe(self) -> str:
        return self.selection.type.name


def objects(run: Run, selection: Selection, parents: list[Any], spots: Spots) -> Answer:
    """The objects of one place, once the type has said that they are of it."""
    if not parents:
        return []
    if (is_type_of := selection.type.is_type_of) is None:
        return fields(run, selection, parents, spots)
    verdicts = asked(run, (is_type_of(each, info) for each, info in zip(parents, spots.infos(), strict=True)))
    return run.then(verdicts, partial(_verified, run, selection, parents, spots))


def asked(run: Run, verdicts: Iterator[Any]) -> Answer:
    """What type predicates or resolvers answer, awaited."""
    found: list[Any] = []
    run.asked.append(found)
    found.extend(verdicts)
    return run.later(run.awaited(found)) if any_awaitable(found) else found


def _verified(run: Run, selection: Selection, parents: list[Any], spots: Spots, verdicts: list[Any]) -> Answer:
    if not all(verdicts):
        raise Unusual
    return fields(run, selection, parents, spots)


def fields(run: Run, selection: Selection, parents: list[Any], spots: Spots) -> Answer:
    """The objects of one place: one field after the other, each until it has to wait; then all wait together."""
    if run.shares and not selection.fields:
        return _shared(selection, parents)
    parts = [_finished(run, field, parents, FieldSpots(run, field, spots)) for field in selection.fields]
    waiting = [part for part in parts if type(part) is not list]
    if not waiting:
        return selection.assemble(parents, *parts)
    if len(waiting) == 1:
        return run.then(waiting[0], partial(_assembled, selection, parents, parts))
    return run.then(run.later(run.awaited(parts)), lambda done: selection.assemble(parents, *done))


def _assembled(selection: Selection, parents: list[Any], parts: list[Answer], last: list[Any]) -> list[Any]:
    """The objects, when the one field that had to wait has its results, too."""
    return selection.assemble(parents, *(part if type(part) is list else last for part in parts))


def _shared(selection: Selection, parents: list[Any]) -> list[Any]:
    """What is only read off the parents is read once off each."""
    which = list(map(id, parents))
    unique = dict(zip(which, parents, strict=True))
    if len(unique) == len(parents):
        return selection.assemble(parents)
    made = dict(zip(unique, selection.assemble(unique.values()), strict=True))
    return list(map(made.__getitem__, which))


def _finished(run: Run, field: Field, parents: list[Any], spots: FieldSpots) -> Answer:
    """The results of a field, one a parent."""
    values = field.source(run, field, parents, spots)
    return run.then(values, lambda values: complete(run, field.output, values, spots))
