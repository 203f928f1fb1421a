"""What filters mean, in plain Python: those of queries/conditions.py, and those that clients write."""

import datetime
import operator
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any
from uuid import UUID

from strawberry.utils.str_converters import to_snake_case

from models.fields import extra
from models.ids import public_id
from models.relations import One, model_of, relation_of
from queries.conditions import Compare
from tests.queries.garden import Garden

_FOLDED = {ord(letter): letter.lower() for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}

_KNOWING: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "in": lambda value, wanted: value in wanted,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "contains": lambda value, wanted: wanted.translate(_FOLDED) in value.translate(_FOLDED),
    "startsWith": lambda value, wanted: value.translate(_FOLDED).startswith(wanted.translate(_FOLDED)),
}


def compares(name: str, value: Any, wanted: Any) -> bool:
    """What an operator says of a value. Nothing holds of null but that it is null, and different from everything."""
    match name:
        case "isNull":
            return (value is None) is wanted
        case "ne":
            return bool(value != wanted)
    return value is not None and _KNOWING[name](value, wanted)


def holds(condition: Compare, row: Any) -> bool:
    """Whether a comparison is true of a row."""
    return compares(condition.operator, getattr(row, condition.column), condition.value)


class Contract:
    """What `where` means, as clients write it in JSON."""

    def __init__(self, garden: Garden) -> None:
        self.garden = garden

    def matching(self, table: str, where: Mapping[str, Any]) -> set[UUID]:
        """The ids of the rows that a filter lets through."""
        return {row.id for row in self.garden.rows(table) if self.holds(table, where, row)}

    def holds(self, table: str, where: Mapping[str, Any], row: Any) -> bool:
        """Whether all that a filter says is true of a row."""
        return all(self._part(table, name, part, row) for name, part in where.items())

    def _part(self, table: str, name: str, part: Any, row: Any) -> bool:
        match name:
            case "and":
                return all(self.holds(table, each, row) for each in part)
            case "or":
                return any(self.holds(table, each, row) for each in part)
            case "not":
                return not self.holds(table, part, row)
        model, column = model_of(table), to_snake_case(name)
        if column in model.relations:
            return self._related(relation_of(model, column), part, row)
        value, read = _published(model, column, getattr(row, column))
        return all(compares(each, value, _wanted(read, wanted)) for each, wanted in part.items())

    def _related(self, relation: Any, part: Mapping[str, Any], row: Any) -> bool:
        if isinstance(relation, One):
            found = self.garden.row(relation.table, getattr(row, relation.key))
            return found is not None and self.holds(relation.table, part, found)
        others = self.garden.children(relation, row.id)
        quantifiers: dict[str, Callable[[Any], bool]] = {"some": any, "every": all, "none": lambda each: not any(each)}
        return all(
            quantifiers[name]([self.holds(relation.table, inner, other) for other in others])
            for name, inner in part.items()
        )


def _published(model: Any, column: str, value: Any) -> tuple[Any, Callable[[Any], Any]]:
    """A row's value as clients know it, and how to read what they compare it with."""
    table = model.__tablename__ if column == "id" else extra(model.model_fields[column], "reference")
    if table:
        return value and public_id(table, value), str
    if isinstance(value, datetime.datetime):
        return value, datetime.datetime.fromisoformat
    if isinstance(value, datetime.date):
        return value, datetime.date.fromisoformat
    return (value.name, str) if isinstance(value, Enum) else (value, lambda wanted: wanted)


def _wanted(read: Callable[[Any], Any], wanted: Any) -> Any:
    if isinstance(wanted, list):
        return [read(each) for each in wanted]
    return wanted if isinstance(wanted, bool) else read(wanted)
