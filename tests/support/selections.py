"""Selections of all fields of a type, derived from the schema."""

from typing import Any

from graphql import get_named_type, is_leaf_type, is_required_argument

from tests.support.graphql_schema import is_connection, named_type

LABELS = ("name", "title")
"""Fields that name an object."""


def label_of(type_name: str) -> str:
    """Return the selection of an object's id and name."""
    fields = named_type(type_name).fields
    return " ".join(("id", *[name for name in LABELS if name in fields][:1]))


def fields_of(type_name: str) -> str:
    """Return a selection of every field of a type; of related objects only the id and the name."""
    return " ".join(
        _selection(name, field)
        for name, field in named_type(type_name).fields.items()
        if not _has_required_argument(field)
    )


def _has_required_argument(field: Any) -> bool:
    return any(is_required_argument(argument) for argument in field.args.values())


def _selection(name: str, field: Any) -> str:
    field_type: Any = get_named_type(field.type)
    if is_leaf_type(field_type):
        return name
    if is_connection(field_type):
        return f"{name} {{ totalCount nodes {{ {label_of(get_named_type(field_type.fields['nodes'].type).name)} }} }}"
    if "id" in field_type.fields:
        return f"{name} {{ {label_of(field_type.name)} }}"
    leaves = (leaf for leaf, part in field_type.fields.items() if is_leaf_type(get_named_type(part.type)))
    return f"{name} {{ {' '.join(leaves)} }}"
