"""Filter input types: `where: {status: {ne: DONE}, project: {name: {contains: "x"}}, workers: {some: {…}}}`.

This module builds the types; inputs/filter_parser.py parses their values.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import strawberry

from inputs.declared_types import declare_type, declared_type
from inputs.derive import graphql_type_of
from inputs.dynamic_types import READ_TABLES, READS_OTHER_TABLES, definition, field, list_of, maybe
from inputs.filter_parser import FilterSpec, filter_specs, parse_filter
from inputs.nouns import plural, type_name
from inputs.scalar_filters import names_filter_type, scalar_filter_type, searchable_filter_type
from models.fields import schema_extra
from models.relations import BelongsTo, get_relation
from queries.filters import Condition
from queries.read_tables import Tables, tables_of_relation

_IS_ME = "True matches what belongs to your account, false all others. With an API key, true matches nothing."
FieldTypes = dict[str, tuple[Any, str]]
"""The type and description of each field of an input, by Python name."""


def filter_input(  # noqa: PLR0913 -- keywords
    model: Any,
    *columns: str,
    through: Iterable[str] = (),
    spec_name: str | None = None,
    graphql_name: str | None = None,
    aliases: Mapping[str, str] | None = None,
    user_column: str | None = None,
) -> Callable[[Any], Any]:
    """The `TaskWhere` of a model, with conditions on these columns and through these relations.

    A model may have a second, restricted filter under its own `spec_name`; `aliases` names the relations that use it.
    With a `user_column`, which contains the id of the user that a row stands for, the filter has `isMe`.
    """
    spec_name, aliases = spec_name or model.__tablename__, aliases or {}

    def build(cls: Any) -> Any:
        where = where_type(spec_name)
        fields: FieldTypes = {
            name: (_column_filter(model, name), model.model_fields[name].description) for name in columns
        }
        fields |= {name: _relation_filter(model, name, aliases.get(name)) for name in through}
        if user_column is not None:
            fields["is_me"] = bool, _IS_ME
        fields |= logical_fields(where)
        filter_specs[spec_name] = FilterSpec(model, tuple(columns), tuple(through), aliases, user_column)
        description = f"A filter for {plural(model.__tablename__)}. All conditions must match."
        relations = {name: get_relation(model, name) for name in through}
        references = [name for name, relation in relations.items() if isinstance(relation, BelongsTo)]
        tables = {name: tables_of_relation(relation) for name, relation in relations.items()}
        input_type = build_condition_input(
            cls, graphql_name or where_name(spec_name), description, fields, spec_name, references, tables
        )
        return declare_type(where_name(spec_name), input_type)

    return build


def logical_fields(where: Any) -> FieldTypes:
    """The fields of a filter input that combine other filters."""
    return {
        "and_": (list_of(where), "All of these filters must match."),
        "or_": (list_of(where), "At least one of these filters must match."),
        "not_": (where, "This filter must not match."),
    }


def where_name(spec_name: str) -> str:
    """The name of a filter input: `TaskWhere`."""
    return f"{type_name(spec_name)}Where"


def where_type(spec_name: str) -> Any:
    """A reference to a filter input that may be declared later."""
    return declared_type(where_name(spec_name))


_list_filters: dict[str, Any] = {}


def list_filter_type(table: str) -> Any:
    """The `TaskListFilter` of a table, for conditions on a list of related rows."""
    if table not in _list_filters:
        where = where_type(table)
        fields: FieldTypes = {
            "some": (where, "At least one object must match."),
            "none": (where, "No object may match."),
            "every": (where, "All objects must match; an empty list does."),
            "count": (scalar_filter_type(int), "Conditions on the number of objects."),
        }
        graphql_name = f"{type_name(table)}ListFilter"
        description = f"Conditions on a list of {plural(table)}. All of them must hold."
        _list_filters[table] = build_condition_input(
            type(graphql_name, (), {}), graphql_name, description, fields, weighted=fields
        )
    return _list_filters[table]


def _column_filter(model: Any, name: str) -> Any:
    info = model.model_fields[name]
    if schema_extra(info, "names"):
        return names_filter_type()
    if name in getattr(model, "searchable", ()):
        return searchable_filter_type()
    value_type, _ = graphql_type_of(info)
    return scalar_filter_type(value_type)


def _relation_filter(model: Any, name: str, alias: str | None) -> tuple[Any, str]:
    relation = get_relation(model, name)
    if isinstance(relation, BelongsTo):
        where = where_type(alias or relation.table)
        return where, f"{relation.description} An empty filter matches every object that has one."
    return list_filter_type(relation.table), relation.description


def build_condition_input(  # noqa: PLR0913, PLR0917 -- the parts of the type
    cls: Any,
    graphql_name: str,
    description: str,
    fields: FieldTypes,
    spec_name: str | None = None,
    weighted: Iterable[str] = (),
    tables: Mapping[str, Tables] | None = None,
) -> Any:
    """Build an input of optional conditions. With the name of a filter spec, it is parsed as this filter. For the
    `weighted` fields, the database reads other tables; `tables` are those for a field and what it contains."""
    cls.__annotations__ = {name: maybe(value_type) for name, (value_type, _) in fields.items()}
    for name, (_, field_description) in fields.items():
        name_option = {"name": name.rstrip("_")} if name.endswith("_") else {}
        metadata = {READS_OTHER_TABLES: name in weighted, READ_TABLES: (tables or {}).get(name, frozenset())}
        setattr(cls, name, field(description=field_description, default=None, metadata=metadata, **name_option))
    input_type = strawberry.input(cls, name=graphql_name, description=description)
    if spec_name is not None:
        definition(input_type).from_input = _condition_parser(spec_name)
    return input_type


def _condition_parser(spec_name: str) -> Callable[[type, Mapping[str, Any], Any], Condition]:
    return lambda _cls, value, _context: parse_filter(spec_name, value)
