"""The operators that filters offer for each type of value."""

import datetime
from decimal import Decimal
from typing import Any

import strawberry

from schema.inputs.build import field, list_of, maybe
from schema.inputs.choices import published

_WORDS = {
    "eq": "Equal to this.",
    "ne": "Different from this; true of objects without a value as well.",
    "in": "One of these.",
    "gt": "Greater or later than this.",
    "gte": "This, or greater or later.",
    "lt": "Smaller or earlier than this.",
    "lte": "This, or smaller or earlier.",
    "contains": "Contains this text; the case of A to Z does not matter.",
    "startsWith": "Starts with this text; the case of A to Z does not matter.",
    "isNull": "True: has no value. False: has one.",
}
_EQUAL = ("eq", "ne", "in")
_SIZED = ("gt", "gte", "lt", "lte")
_TEXT = ("contains", "startsWith")


def _filter(title: str, of: Any, operators: tuple[str, ...], what: str) -> Any:
    parts: dict[str, Any] = {"__annotations__": {}}
    for name in (*operators, "isNull"):
        wanted = {"in": list_of(of), "isNull": bool}.get(name, of)
        python_name = f"{name}_" if name == "in" else name
        parts["__annotations__"][python_name] = maybe(wanted)
        parts[python_name] = field(name=name, description=_WORDS[name], default=None)
    return strawberry.input(type(title, (), parts), description=f"Conditions on {what}; all that are given must hold.")


_MADE: dict[Any, Any] = {
    strawberry.ID: _filter("IDFilter", strawberry.ID, _EQUAL, "an id"),
    str: _filter("StringFilter", str, (*_EQUAL, *_SIZED, *_TEXT), "text"),
    int: _filter("IntFilter", int, (*_EQUAL, *_SIZED), "a whole number"),
    Decimal: _filter("DecimalFilter", Decimal, (*_EQUAL, *_SIZED), "an exact decimal number"),
    bool: _filter("BooleanFilter", bool, ("eq", "ne"), "yes or no"),
    datetime.date: _filter("DateFilter", datetime.date, (*_EQUAL, *_SIZED), "a day"),
    datetime.datetime: _filter("DateTimeFilter", datetime.datetime, (*_EQUAL, *_SIZED), "a point in time"),
}


def filter_for(plain: Any) -> Any:
    """The filter for values of this type; one is made for a choice that has none yet."""
    if plain not in _MADE:
        choice = published(plain)
        _MADE[plain] = _filter(f"{choice.__name__}Filter", choice, _EQUAL, f"a {choice.__name__}")
    return _MADE[plain]
