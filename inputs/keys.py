"""Key input types: `by: {externalId: "4711"}` names one object by a unique value."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import strawberry
from strawberry.utils.str_converters import to_camel_case

from inputs.declared_types import declare_type
from inputs.derive import describe_field, graphql_type_of
from inputs.dynamic_types import definition, field, maybe
from inputs.nouns import singular, with_article
from models.fields import referenced_table
from models.ids import parse_id


@dataclass(frozen=True)
class Key:
    """A column and the value that one row has in it."""

    column: str
    value: Any


def key_input(model: Any, name: str, *columns: str) -> Any:
    """The input type of this name that takes a value of exactly one of these columns."""
    namespace: dict[str, Any] = {"__annotations__": {}}
    for column in columns:
        namespace["__annotations__"][column] = maybe(graphql_type_of(model.model_fields[column])[0])
        namespace[column] = field(description=describe_field(model.model_fields[column]), default=None)
    description = f"Names {with_article(singular(model.__tablename__))} by exactly one value."
    input_type = strawberry.input(type(name, (), namespace), description=description, one_of=True)
    definition(input_type).from_input = _parser(model, columns)
    return declare_type(name, input_type)


def unique_columns(model: Any) -> tuple[str, ...]:
    """Return the columns whose values are unique within a tenant."""
    return tuple(columns[0] for columns in model.unique_together if len(columns) == 1)


def _parser(model: Any, columns: tuple[str, ...]) -> Any:
    by_name = {to_camel_case(column): column for column in columns}
    tables = {column: referenced_table(model.model_fields[column]) for column in columns}

    def parse(_cls: type, value: Mapping[str, Any], _context: Any) -> Key:
        ((name, part),) = value.items()
        column = by_name[name]
        table = tables[column]
        return Key(column, part if table is None else parse_id(table, part))

    return parse
