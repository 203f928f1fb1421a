"""Conditions of the change feed: on the type, the id, the action and the changed fields of a change.

They are evaluated in two ways with the same result: by the database, and in Python on rows that were read once for many
followers. Their columns have no nulls.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from queries.filters import And, Compare, Condition, ListParameter, Not, Or

Predicate = Callable[[Any], bool]
_LIST_OPERATORS = {
    "eq": "in",
    "in": "in",
    "ne": "in",
    "notIn": "in",
    "includes": "includesAny",
    "includesAny": "includesAny",
}
"""The operators with a list of values that all are reduced to."""
_SINGLE_VALUE = {"eq", "ne", "includes"}
_NEGATED = {"ne", "notIn"}


@dataclass
class ListParameters:
    """Replaces the values in conditions by parameters, so that all conditions of one shape share a statement."""

    values: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    """The values of the parameters by their names."""

    def replace_values(self, condition: Condition) -> Condition:
        """Return the condition with parameters instead of its values. A single value becomes a list of one."""
        match condition:
            case And(operands) | Or(operands):
                parts = tuple(map(self.replace_values, operands))
                return parts[0] if len(parts) == 1 else type(condition)(parts)
            case Not(operand):
                return Not(self.replace_values(operand))
            case Compare(column):
                operator, values, is_negated = _as_list_comparison(condition)
                name = f"filter_{len(self.values)}"
                self.values[name] = values
                listed = Compare(column, operator, ListParameter(name))
                return Not(listed) if is_negated else listed
        raise NotImplementedError(condition)


def build_predicate(condition: Condition) -> Predicate:
    """Return a function that evaluates the condition on a row with the attributes that it compares."""
    match condition:
        case And(operands):
            parts = tuple(map(build_predicate, operands))
            return parts[0] if len(parts) == 1 else lambda row: all(part(row) for part in parts)
        case Or(operands):
            parts = tuple(map(build_predicate, operands))
            return parts[0] if len(parts) == 1 else lambda row: any(part(row) for part in parts)
        case Not(operand):
            part = build_predicate(operand)
            return lambda row: not part(row)
        case Compare():
            return _build_comparison(condition)
    raise NotImplementedError(condition)


def _build_comparison(condition: Compare) -> Predicate:
    operator, listed, is_negated = _as_list_comparison(condition)
    column, values = condition.column, frozenset(listed)
    if operator == "includesAny":
        return lambda row: not values.isdisjoint(getattr(row, column).split())
    if is_negated:
        return lambda row: getattr(row, column) not in values
    return lambda row: getattr(row, column) in values


def _as_list_comparison(condition: Compare) -> tuple[str, tuple[Any, ...], bool]:
    """Return the operator with a list of values, the values, and whether the result is negated."""
    operator, value = condition.operator, condition.value
    if operator not in _LIST_OPERATORS:
        raise NotImplementedError(condition)
    values = (value,) if operator in _SINGLE_VALUE else value
    return _LIST_OPERATORS[operator], values, operator in _NEGATED
