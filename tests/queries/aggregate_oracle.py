"""A reference implementation of aggregates in Python, for arguments and responses in their JSON form."""

import datetime
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import cmp_to_key
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from strawberry.utils.str_converters import to_camel_case, to_snake_case

from models.fields import schema_extra
from models.ids import public_id
from tests.queries.filter_oracle import matches_operator

AVERAGE_PLACES = 4
Arguments = Mapping[str, Any]
Group = tuple[dict[str, Any], list[Any]]
"""The values of the keys by the name of their column, and the rows."""


def first_day(value: Any, unit: str | None, zone: str) -> Any:
    """Return the first day of the unit that a date or a point in time belongs to; other values as they are."""
    if unit is None or value is None:
        return value
    day = _local_day(value, zone) if isinstance(value, datetime.datetime) else value
    monday = datetime.timedelta(days=day.weekday())
    return {"DAY": day, "WEEK": day - monday, "MONTH": day.replace(day=1)}[unit]


def _local_day(time: datetime.datetime, zone: str) -> datetime.date:
    try:
        return time.astimezone(ZoneInfo(zone)).date()
    except OverflowError:  # the first or the last day
        return time.date()


class AggregateOracle:
    """Aggregates rows of one model."""

    def __init__(self, model: Any, selected: Mapping[str, Sequence[str]]) -> None:
        self.model = model
        self.selected = selected
        """The selected columns, by the name of the function in the response."""

    def aggregate(self, rows: Sequence[Any], arguments: Arguments) -> dict[str, Any]:
        """Return the aggregate of the rows as a response contains it."""
        keys = arguments.get("groupBy") or []
        having = arguments.get("having") or {}
        groups = [group for group in self._group(rows, keys) if self._matches(having, group[1])]

        def compare(left: Group, right: Group) -> int:
            return self._compare(left, right, arguments)

        groups.sort(key=cmp_to_key(compare))
        first, offset = arguments.get("first", 20), arguments.get("offset", 0)
        page = groups[offset : offset + first]
        return {"hasMore": len(groups) > offset + first, "groups": [self._describe(group) for group in page]}

    def _group(self, rows: Sequence[Any], keys: Sequence[Arguments]) -> list[Group]:
        if not keys:
            return [({}, list(rows))]
        groups: dict[tuple[Any, ...], Group] = {}
        for row in rows:
            values = {
                key["field"].lower(): first_day(
                    getattr(row, key["field"].lower()), key.get("unit"), key.get("timeZone", "UTC")
                )
                for key in keys
            }
            groups.setdefault(tuple(values.values()), (values, []))[1].append(row)
        return list(groups.values())

    def value(self, function: str, column: str | None, rows: Sequence[Any]) -> Any:
        """Return the value of a function, named as in `having`."""
        if column is None:
            return len(rows)
        values = [value for value in (getattr(row, column) for row in rows) if value is not None]
        if function == "countDistinct":
            return len(set(values))
        functions: dict[str, Callable[[Any], Any]] = {"sum": sum, "avg": self._average(column), "min": min, "max": max}
        return functions[function](values) if values else None

    def _average(self, column: str) -> Callable[[Any], Decimal]:
        scale = (schema_extra(self.model.model_fields[column], "money") or {"scale": 0})["scale"] + AVERAGE_PLACES

        def average(values: Sequence[Any]) -> Decimal:
            exact = sum(map(Fraction, values), Fraction()) / len(values)
            return Decimal(f"{round(exact * 10**scale)}E-{scale}")

        return average

    def _matches(self, having: Arguments, rows: Sequence[Any]) -> bool:
        return all(self._matches_part(name, condition, rows) for name, condition in having.items())

    def _matches_part(self, name: str, condition: Any, rows: Sequence[Any]) -> bool:
        match name:
            case "and":
                return all(self._matches(part, rows) for part in condition)
            case "or":
                return any(self._matches(part, rows) for part in condition)
            case "not":
                return not self._matches(condition, rows)
            case "count":
                return _compare_all(condition, len(rows))
        return all(
            _compare_all(operators, self.value(name, to_snake_case(column), rows))
            for column, operators in condition.items()
        )

    def _compare(self, left: Group, right: Group, arguments: Arguments) -> int:
        tiebreakers = [{"field": key["field"]} for key in arguments.get("groupBy") or []]
        for sort in (*(arguments.get("orderBy") or []), *tiebreakers):
            if result := _compare_values(self._sort_value(left, sort), self._sort_value(right, sort), sort):
                return result
        return 0

    def _sort_value(self, group: Group, sort: Arguments) -> Any:
        column = sort["field"].lower() if "field" in sort else None
        if sort.get("function") is None:
            value = group[0][str(column)]
            return list(type(value)).index(value) if isinstance(value, Enum) else value
        return self.value(to_camel_case(sort["function"].lower()), column, group[1])

    def _describe(self, group: Group) -> dict[str, Any]:
        keys, rows = group
        described: dict[str, Any] = {"count": len(rows)}
        for function, columns in self.selected.items():
            described[function] = {
                to_camel_case(column): self._to_json(
                    column, keys.get(column) if function == "key" else self.value(function, column, rows)
                )
                for column in columns
            }
        return described

    def _to_json(self, column: str, value: Any) -> Any:
        match value:
            case UUID():
                return public_id(schema_extra(self.model.model_fields[column], "reference"), value)
            case Enum():
                return value.name
            case Decimal():
                return format(value, "f")
            case datetime.datetime():
                return value.astimezone(datetime.UTC).isoformat().replace("+00:00", "Z")
            case datetime.date():
                return value.isoformat()
        return value


def _compare_all(operators: Arguments, value: Any) -> bool:
    return all(matches_operator(name, value, _parse(operand, value)) for name, operand in operators.items())


def _parse(operand: Any, value: Any) -> Any:
    """Convert an operand to the type of the value that it is compared with."""
    if isinstance(operand, list):
        return [_parse(item, value) for item in operand]
    if isinstance(operand, bool) or not isinstance(operand, str):
        return operand
    if isinstance(value, Decimal):
        return Decimal(operand)
    if isinstance(value, datetime.datetime):
        return datetime.datetime.fromisoformat(operand)
    return datetime.date.fromisoformat(operand) if isinstance(value, datetime.date) else operand


def _compare_values(left: Any, right: Any, sort: Arguments) -> int:
    if left is None or right is None:
        return (int(left is None) - int(right is None)) * (-1 if sort.get("nulls") == "FIRST" else 1)
    order = int(left > right) - int(left < right)
    return -order if sort.get("direction") == "DESC" else order
