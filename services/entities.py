"""The entities of a unit of work: each row is one object, however often it is found, and what was done to it shows when
it is held against what the database has.

They belong to no session of SQLAlchemy's: what its sessions do beside this cost more than all the rest of a write.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import inspect

from models.relations import table_of

Values = dict[str, Any]


@dataclass(slots=True)
class Known:
    """An entity, and the values that the database has of it."""

    entity: Any
    stored: Values

    @property
    def model(self) -> Any:
        """Its class."""
        return type(self.entity)

    @property
    def is_changed(self) -> bool:
        """Whether it has changes that were not sent."""
        return bool(self._changed())

    def differences(self) -> tuple[Values, Values]:
        """The values that differ: as they are stored, and as they are now."""
        names, now = self._changed(), self.entity.__dict__
        return {name: self.stored[name] for name in names}, {name: now[name] for name in names}

    def _changed(self) -> list[str]:
        now = self.entity.__dict__
        return [name for name, value in self.stored.items() if (new := now.get(name)) is not value and new != value]


class Entities:
    """Those of one unit of work."""

    def __init__(self) -> None:
        self._known: dict[tuple[Any, ...], Known] = {}
        self._new: list[Any] = []
        self._doomed: list[Known] = []

    def found(self, model: Any, row: Mapping[str, Any]) -> Any:
        """The entity of this row, as the row is, unless it has changes that were not sent."""
        values = dict(row)
        identity = _identity(model, values)
        known = self._known.get(identity)
        if known is None:
            known = self._known[identity] = Known(entity_of(model, values), values)
        elif not known.is_changed:
            known.stored = values
            known.entity.__dict__.update(values)
        return known.entity

    def add(self, entities: Iterable[Any]) -> None:
        """They are to be inserted."""
        self._new += entities

    def doom(self, entity: Any) -> None:
        """It is to be deleted."""
        values = values_of(entity)
        known = self._known.pop(_identity(type(entity), values), Known(entity, values))
        self._doomed.append(known)

    def stored(self, entity: Any, values: Values) -> None:
        """The database has it now, with these values."""
        self._known[_identity(type(entity), values)] = Known(entity, values)

    def take_new(self) -> Iterator[tuple[Any, list[Any]]]:
        """Those to be inserted, in their order: a model, and as many as there are of it in a row."""
        taken, self._new = self._new, []
        return ((model, list(entities)) for model, entities in groupby(taken, type))

    def changed(self) -> list[Known]:
        """Those to be updated."""
        return [known for known in self._known.values() if known.is_changed]

    def take_doomed(self) -> list[Known]:
        """Those to be deleted."""
        taken, self._doomed = self._doomed, []
        return taken


def entity_of(model: Any, values: Mapping[str, Any]) -> Any:
    """The entity with these values, all that its columns have."""
    entity = inspect(model).class_manager.new_instance()
    entity.__dict__.update(values)
    return entity


def new_entity(model: Any, values: Mapping[str, Any]) -> Any:
    """A new entity of these values, and the model's defaults of all others. It is what the model's constructor makes,
    which takes ten times as long."""
    constants, factories = _defaults(model)
    made = {name: make() for name, make in factories.items() if name not in values}
    return entity_of(model, {**constants, **made, **values})


def values_of(entity: Any) -> Values:
    """The values of all columns."""
    model: Any = type(entity)
    return {name: entity.__dict__.get(name) for name in _columns(model)}


def key_of(model: Any, values: Mapping[str, Any]) -> Values:
    """The values of the columns that are the key."""
    return {name: values[name] for name in _key(model)}


def _identity(model: Any, values: Mapping[str, Any]) -> tuple[Any, ...]:
    return (model, *[values[name] for name in _key(model)])


@cache
def _key(model: Any) -> tuple[str, ...]:
    return tuple(column.name for column in table_of(model).primary_key)


@cache
def _columns(model: Any) -> tuple[str, ...]:
    return tuple(column.name for column in table_of(model).c)


@cache
def _defaults(model: Any) -> tuple[Values, dict[str, Callable[[], Any]]]:
    """The constant defaults, None where a value is required; and what makes the others."""
    fields = model.model_fields.items()
    factories = {name: info.default_factory for name, info in fields if info.default_factory is not None}
    constants = {name: None if info.is_required() else info.default for name, info in fields if name not in factories}
    return constants, factories
