"""Filter input types for scalar and enum values, with the operators that each type supports."""

import datetime
from decimal import Decimal
from typing import Any

import strawberry

from inputs.dynamic_types import READS_OTHER_TABLES, field, list_of, maybe
from inputs.enums import register_enum
from inputs.nouns import with_article

_DESCRIPTIONS = {
    "eq": "Equal to this value.",
    "ne": "Not equal to this value; matches objects without a value as well.",
    "in": "Equal to one of these values.",
    "notIn": "Equal to none of these values; matches objects without a value as well.",
    "gt": "Greater or later than this value.",
    "gte": "Greater or later than this value, or equal to it.",
    "lt": "Less or earlier than this value.",
    "lte": "Less or earlier than this value, or equal to it.",
    "contains": "Contains this text; ASCII letters match in either case.",
    "startsWith": "Starts with this text; ASCII letters match in either case.",
    "endsWith": "Ends with this text; ASCII letters match in either case.",
    "matches": "Contains these words: a search query as in `searchArticles`, for this field.",
    "includes": "One of the names is this one.",
    "includesAny": "One of the names is one of these.",
    "isNull": "True matches objects without a value, false objects with one.",
}
_EQUALITY = ("eq", "ne", "in", "notIn")
_COMPARISON = ("gt", "gte", "lt", "lte")
_TEXT_SEARCH = ("contains", "startsWith", "endsWith")


def _build_filter_type(graphql_name: str, value_type: Any, operators: tuple[str, ...], noun: str) -> Any:
    namespace: dict[str, Any] = {"__annotations__": {}}
    for name in (*operators, "isNull"):
        operand_type = {"in": list_of(value_type), "notIn": list_of(value_type), "isNull": bool}.get(name, value_type)
        python_name = f"{name}_" if name == "in" else name
        namespace["__annotations__"][python_name] = maybe(operand_type)
        metadata = {READS_OTHER_TABLES: name == "matches"}
        namespace[python_name] = field(name=name, description=_DESCRIPTIONS[name], default=None, metadata=metadata)
    return strawberry.input(
        type(graphql_name, (), namespace), description=f"Conditions on {noun}. All of them must hold."
    )


_filter_types: dict[Any, Any] = {
    strawberry.ID: _build_filter_type("IDFilter", strawberry.ID, _EQUALITY, "an id"),
    str: _build_filter_type("StringFilter", str, (*_EQUALITY, *_COMPARISON, *_TEXT_SEARCH), "a text"),
    int: _build_filter_type("IntFilter", int, (*_EQUALITY, *_COMPARISON), "a whole number"),
    Decimal: _build_filter_type("DecimalFilter", Decimal, (*_EQUALITY, *_COMPARISON), "a decimal number"),
    bool: _build_filter_type("BooleanFilter", bool, ("eq", "ne"), "a boolean"),
    datetime.date: _build_filter_type("DateFilter", datetime.date, (*_EQUALITY, *_COMPARISON), "a date"),
    datetime.datetime: _build_filter_type(
        "DateTimeFilter", datetime.datetime, (*_EQUALITY, *_COMPARISON), "a point in time"
    ),
}


_searchable_filter_type = _build_filter_type(
    "SearchableStringFilter",
    str,
    (*_EQUALITY, *_COMPARISON, *_TEXT_SEARCH, "matches"),
    "a text whose words are in the full-text index",
)


def searchable_filter_type() -> Any:
    """The filter input for a text whose words are in the full-text index."""
    return _searchable_filter_type


_names_filter_type = strawberry.input(
    type(
        "NamesFilter",
        (),
        {
            "__annotations__": {"includes": maybe(str), "includes_any": maybe(list_of(str))},
            "includes": field(description=_DESCRIPTIONS["includes"], default=None),
            "includes_any": field(description=_DESCRIPTIONS["includesAny"], default=None),
        },
    ),
    description="Conditions on a list of names. All of them must hold.",
)


def names_filter_type() -> Any:
    """The filter input for a list of names."""
    return _names_filter_type


def scalar_filter_type(value_type: Any) -> Any:
    """The filter input for values of this type; an enum's is created on first use."""
    if value_type not in _filter_types:
        enum = register_enum(value_type)
        noun = with_article(enum.__name__)
        _filter_types[value_type] = _build_filter_type(f"{enum.__name__}Filter", enum, _EQUALITY, noun)
    return _filter_types[value_type]
