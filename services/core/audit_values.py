"""The values of rows in the audit: named and written as clients see them."""

import datetime
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from operator import attrgetter
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Column, Date, Enum, Integer, String, Uuid

from models.base import Record, UTCDateTime
from models.fields import referenced_table, schema_extra
from models.ids import public_id
from models.money import Money
from models.relations import ManyToMany, list_models, table_of

Serializer = Callable[[Any], Any]

MAX_COLUMN_SETS = 1000

_UNCHANGED_TYPES = (String, Integer, BigInteger, Boolean, Enum, JSON)
"""Types whose values are written to JSON as they are. (Those of enums are strings: models/choices.py.)"""

COLUMNS_OF_ENTRIES = frozenset({"tenant_id", "id", "version", "updated_at"})
"""Columns that are columns of the entry itself: its tenant, object, version and time."""


@dataclass(frozen=True)
class AuditedColumn:
    """A column in the audit: its name there, and how its values are written: unchanged if there is no serializer."""

    name: str
    serializer: Serializer | None

    def serialize(self, value: Any) -> Any:
        """Return the value, which is not None, as clients see it."""
        return value if self.serializer is None else self.serializer(value)


@dataclass(frozen=True)
class LinkEnd:
    """One end of a link table: the model at this end, its relation, the column that references it, and the column that
    references the other end."""

    model: Any
    relation: str
    own_column: str
    other_column: AuditedColumn
    other_name: str


def is_audited(model: Any) -> bool:
    """Return whether the audit records changes of the model's rows."""
    return getattr(model, "audited", False)


def serialize_values(model: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the audited ones among these columns, as clients see them."""
    if not values:
        return {}
    return {
        name: value if (value := values[column]) is None or serialize is None else serialize(value)
        for column, name, serialize in _audited_among(model, tuple(values))
    }


@lru_cache(MAX_COLUMN_SETS)
def _audited_among(model: Any, columns: tuple[str, ...]) -> list[tuple[str, str, Serializer | None]]:
    """Return the audited ones among these columns, each with its name in the audit and its serializer."""
    audited = audited_columns(model)
    return [(name, audited[name].name, audited[name].serializer) for name in columns if name in audited]


@cache
def audited_columns(model: Any) -> dict[str, AuditedColumn]:
    """Return the columns in the audit by their names: all but secrets, those of the entry itself, and `not_audited`."""
    left_out = COLUMNS_OF_ENTRIES | _not_audited(model).keys()
    return {
        column.name: AuditedColumn(to_camel_case(column.name), _serializer(model, column))
        for column in table_of(model).c
        if column.name not in left_out and not is_secret(model, column.name)
    }


def is_secret(model: Any, column: str) -> bool:
    """Return whether the column contains the hash of a secret."""
    return bool(schema_extra(model.model_fields[column], "secret"))


def _not_audited(model: Any) -> Mapping[str, str]:
    columns: Mapping[str, str] = model.not_audited if issubclass(model, Record) else {}
    return columns


@cache
def link_ends(model: Any) -> tuple[LinkEnd, ...]:
    """Return the ends of a link table; none for other tables."""
    return tuple(_find_link_ends(model)) if "id" not in table_of(model).c else ()


def _find_link_ends(link: Any) -> Iterator[LinkEnd]:
    columns = audited_columns(link)
    for model in list_models():
        for name, relation in getattr(model, "relations", {}).items():
            if isinstance(relation, ManyToMany) and relation.link_table == link.__tablename__:
                yield LinkEnd(model, name, relation.source_fk, columns[relation.target_fk], relation.target_fk)


def _serializer(model: Any, column: Column[Any]) -> Serializer | None:
    if type(column.type) in _UNCHANGED_TYPES:
        return None
    if isinstance(column.type, Money):
        money = column.type
        return lambda value: format(money.from_minor_units(money.to_minor_units(value)), "f")
    tables = {key.column.table.name for key in column.foreign_keys if key.column.name == "id"}
    prefix = referenced_table(model.model_fields[column.name]) or next(iter(tables), None)
    if prefix is not None:
        return partial(public_id, prefix)
    return _SERIALIZERS[type(column.type)]


def serialize_time(value: datetime.datetime) -> str:
    """Return a time as clients see it."""
    utc = value if value.tzinfo is datetime.UTC else value.astimezone(datetime.UTC)
    return f"{utc.isoformat().removesuffix('+00:00')}Z"


_SERIALIZERS: dict[Any, Serializer] = {
    UTCDateTime: serialize_time,
    Date: datetime.date.isoformat,
    Uuid: attrgetter("hex"),
}


def to_camel_case(name: str) -> str:
    """Return the name that the API gives to a column."""
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


@cache
def prefix_of_noun(noun: str) -> str:
    """Return the prefix of the ids of a type, `api_key` for `ApiKey`, even if there is no such type any more."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", noun).lower()
