"""The identity map of a unit of work: one object for each row, with the stored values that its changes are compared to.

It replaces SQLAlchemy's session, whose other features take longer than the rest of a write.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm.state import InstanceState

from models.relations import table_of

Values = dict[str, Any]


@dataclass(slots=True)
class Tracked:
    """An entity, and the values that the database has stored for it."""

    entity: Any
    stored: Values

    @property
    def model(self) -> Any:
        """The model class of the entity."""
        return type(self.entity)

    @property
    def is_changed(self) -> bool:
        """Whether the entity has changes that are not written yet."""
        # Comparing the dictionaries is quicker than comparing each value in Python, and mostly nothing has changed. An
        # entity with SQLAlchemy's state has one more item.
        stored, current = self.stored, self.entity.__dict__
        if stored == current or stored.items() <= current.items():
            return False
        return any(current.get(name) != value for name, value in stored.items())

    def differences(self) -> tuple[Values, Values]:
        """Return the stored and the current values of the columns that differ."""
        stored, current = self.stored, self.entity.__dict__
        names = [name for name, old in stored.items() if (new := current.get(name)) is not old and new != old]
        return {name: stored[name] for name in names}, {name: current[name] for name in names}

    def store(self, values: Values) -> None:
        """Set the values that the database has stored, also in the entity."""
        self.stored = values
        self.entity.__dict__.update(values)


Snapshot = tuple[dict[tuple[Any, ...], Tracked], list[Values]]
"""What is tracked, and the stored values in the same order."""


class IdentityMap:
    """The entities of one unit of work, and which of them are to be inserted, updated or deleted."""

    def __init__(self) -> None:
        self._tracked: dict[tuple[Any, ...], Tracked] = {}
        self._new: list[Any] = []
        self._deleted: list[Tracked] = []

    def merge_row(self, model: Any, row: Mapping[str, Any]) -> Any:
        """Return the entity of a row, and track it. It gets the values of the row unless it has unwritten changes. A
        dictionary must not be changed afterwards."""
        values = row if isinstance(row, dict) else dict(row)
        identity = _identity(model, values)
        tracked = self._tracked.get(identity)
        if tracked is None:
            tracked = self._tracked[identity] = Tracked(build_entity(model, values), values)
        elif not tracked.is_changed:
            tracked.store(values)
        return tracked.entity

    def add(self, entities: Iterable[Any]) -> None:
        """Register entities to insert."""
        self._new += entities

    def mark_deleted(self, entity: Any) -> None:
        """Register an entity to delete."""
        values = values_of(entity)
        tracked = self._tracked.pop(_identity(type(entity), values), Tracked(entity, values))
        self._deleted.append(tracked)

    def track(self, entity: Any, values: Values) -> None:
        """Track an entity that was inserted with these values."""
        self._tracked[_identity(type(entity), values)] = Tracked(entity, values)

    def snapshot(self) -> Snapshot:
        """Return what is tracked, with the stored values, for `restore`."""
        return dict(self._tracked), [tracked.stored for tracked in self._tracked.values()]

    def restore(self, snapshot: Snapshot) -> None:
        """Forget what was tracked and changed since a snapshot, also in the entities."""
        tracked_then, stored_then = snapshot
        self._tracked, self._new, self._deleted = dict(tracked_then), [], []
        for tracked, stored in zip(tracked_then.values(), stored_then, strict=True):
            tracked.store(stored)

    def take_pending(self) -> tuple[list[Any], list[Tracked], list[Tracked]]:
        """Return the entities to insert, to update and to delete. What is to be inserted or deleted is removed."""
        new, self._new = self._new, []
        deleted, self._deleted = self._deleted, []
        return new, [tracked for tracked in self._tracked.values() if tracked.is_changed], deleted


def build_entity(model: Any, values: Mapping[str, Any]) -> Any:
    """Build an entity from the values of all its columns."""
    _ensure_lazy_state(model)
    entity = model.__new__(model)
    entity.__dict__.update(values)
    return entity


def build_new_entity(model: Any, values: Mapping[str, Any]) -> Any:
    """Build a new entity from these values and the model's defaults. Equals the result of the model's constructor,
    which takes ten times as long."""
    constants, factories = _defaults(model)
    generated = {name: factory() for name, factory in factories.items() if name not in values}
    return build_entity(model, {**constants, **generated, **values})


def values_of(entity: Any) -> Values:
    """Return the values of all columns."""
    model: Any = type(entity)
    names = column_names(model)
    return dict(zip(names, map(entity.__dict__.get, names), strict=True))


def key_of(model: Any, values: Mapping[str, Any]) -> Values:
    """Return the values of the primary key's columns."""
    return {name: values[name] for name in _key_names(model)}


def _identity(model: Any, values: Mapping[str, Any]) -> tuple[Any, ...]:
    return (model, _key_getter(model)(values))


class _LazyState:
    """The state of an entity that SQLAlchemy needs to assign an attribute. Most entities of a bulk write need none."""

    def __get__(self, entity: Any, model: Any) -> Any:
        if entity is None:
            return self
        state = entity.__dict__["_sa_instance_state"] = InstanceState(entity, inspect(model).class_manager)
        return state


@cache
def _ensure_lazy_state(model: Any) -> None:
    model._sa_instance_state = _LazyState()  # noqa: SLF001 -- that of an entity itself takes precedence


@cache
def _key_getter(model: Any) -> Callable[[Mapping[str, Any]], Any]:
    """Return a function of the values of a row that returns those of the primary key."""
    return itemgetter(*_key_names(model))


@cache
def _key_names(model: Any) -> tuple[str, ...]:
    return tuple(column.name for column in table_of(model).primary_key)


@cache
def column_names(model: Any) -> tuple[str, ...]:
    """Return the names of all columns."""
    return tuple(column.name for column in table_of(model).c)


@cache
def _defaults(model: Any) -> tuple[Values, dict[str, Callable[[], Any]]]:
    """Return the constant defaults (None for required fields) and the default factories."""
    fields = model.model_fields.items()
    factories = {name: info.default_factory for name, info in fields if info.default_factory is not None}
    constants = {name: None if info.is_required() else info.default for name, info in fields if name not in factories}
    return constants, factories
