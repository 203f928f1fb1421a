"""A reference implementation of filters in Python, for conditions of queries/filters.py and for GraphQL input."""

import datetime
import operator
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any
from uuid import UUID

from strawberry.utils.str_converters import to_snake_case

from models.fields import schema_extra
from models.ids import public_id
from models.relations import BelongsTo, get_model, get_relation
from queries.filters import Compare
from tests.support.dataset import Dataset

_ASCII_LOWER = {ord(letter): letter.lower() for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "in": lambda value, operand: value in operand,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "contains": lambda value, operand: operand.translate(_ASCII_LOWER) in value.translate(_ASCII_LOWER),
    "startsWith": lambda value, operand: value.translate(_ASCII_LOWER).startswith(operand.translate(_ASCII_LOWER)),
    "endsWith": lambda value, operand: value.translate(_ASCII_LOWER).endswith(operand.translate(_ASCII_LOWER)),
}


def matches_operator(name: str, value: Any, operand: Any) -> bool:
    """Evaluate an operator. For null only `isNull`, `ne` and `notIn` can be true."""
    match name:
        case "isNull":
            return (value is None) is operand
        case "ne":
            return bool(value != operand)
        case "notIn":
            return value not in operand
    return value is not None and _OPERATORS[name](value, operand)


def matches(condition: Compare, row: Any) -> bool:
    """Return whether a comparison is true for a row."""
    return matches_operator(condition.operator, getattr(row, condition.column), condition.value)


class FilterOracle:
    """Evaluates `where` inputs in their JSON form on a dataset."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset

    def matching_ids(self, table: str, where: Mapping[str, Any]) -> set[UUID]:
        """Return the ids of the rows that match a filter."""
        return {row.id for row in self.dataset.rows(table) if self.matches(table, where, row)}

    def matches(self, table: str, where: Mapping[str, Any], row: Any) -> bool:
        """Return whether a row matches all fields of a filter."""
        return all(self._matches_field(table, name, value, row) for name, value in where.items())

    def _matches_field(self, table: str, name: str, condition: Any, row: Any) -> bool:
        match name:
            case "and":
                return all(self.matches(table, where, row) for where in condition)
            case "or":
                return any(self.matches(table, where, row) for where in condition)
            case "not":
                return not self.matches(table, condition, row)
        model, column = get_model(table), to_snake_case(name)
        if column in model.relations:
            return self._matches_relation(get_relation(model, column), condition, row)
        value, parse = _public_value(model, column, getattr(row, column))
        operands = {operator: _parse_operand(parse, operand) for operator, operand in condition.items()}
        return all(matches_operator(operator, value, operand) for operator, operand in operands.items())

    def _matches_relation(self, relation: Any, condition: Mapping[str, Any], row: Any) -> bool:
        if isinstance(relation, BelongsTo):
            related = self.dataset.row(relation.table, getattr(row, relation.fk))
            return related is not None and self.matches(relation.table, condition, related)
        children = self.dataset.children(relation, row.id)
        quantifiers: dict[str, Callable[[Any], bool]] = {
            "some": any,
            "every": all,
            "none": lambda results: not any(results),
        }
        counts = condition.get("count", {})
        if not all(matches_operator(operator, len(children), operand) for operator, operand in counts.items()):
            return False
        return all(
            quantifiers[quantifier]([self.matches(relation.table, where, child) for child in children])
            for quantifier, where in condition.items()
            if quantifier != "count"
        )


def _public_value(model: Any, column: str, value: Any) -> tuple[Any, Callable[[Any], Any]]:
    """Return a value in the form of the API, and the function that parses operands for it."""
    table = model.__tablename__ if column == "id" else schema_extra(model.model_fields[column], "reference")
    if table:
        return value and public_id(table, value), str
    if isinstance(value, datetime.datetime):
        return value, datetime.datetime.fromisoformat
    if isinstance(value, datetime.date):
        return value, datetime.date.fromisoformat
    return (value.name, str) if isinstance(value, Enum) else (value, lambda operand: operand)


def _parse_operand(parse: Callable[[Any], Any], operand: Any) -> Any:
    if isinstance(operand, list):
        return [parse(item) for item in operand]
    return operand if isinstance(operand, bool) else parse(operand)
