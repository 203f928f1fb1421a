"""What clients write in a filter, as conditions. Nulls, and comparisons with nothing, are refused rather than guessed
at: a variable that was forgotten must not turn a filter into "everything"."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from strawberry.utils.str_converters import to_camel_case

from models.fields import named_by
from models.ids import parse_id
from models.relations import Linked, Many, One
from queries.conditions import Compare, Condition, Either, Every, Has, Not
from services.errors import BadInput

DEEPEST = 6
MOST_CONDITIONS = 100
MOST_VALUES = 200
LONGEST_TEXT = 1000


@dataclass(frozen=True)
class Vocabulary:
    """What can be said of a model's rows."""

    model: Any
    columns: tuple[str, ...]
    relations: tuple[str, ...]
    calling: Mapping[str, str]
    """The vocabulary with which a relation's rows are spoken of, where it is not that of their table."""

    def named(self, name: str) -> str:
        """The column or relation behind a name of the contract."""
        return next(known for known in (*self.columns, *self.relations) if to_camel_case(known) == name)


vocabulary: dict[str, Vocabulary] = {}
"""By table, or by another name for those who may ask less of it; every filter type enters its own."""


def read(name: str, value: Mapping[str, Any]) -> Condition:
    """The condition that a filter in this vocabulary means; BadInput when it is too large, or holds nulls."""
    return _Reading().all_of(name, value, 1)


class _Reading:
    """One filter being read, and how much it has asked for so far."""

    def __init__(self) -> None:
        self.conditions = 0

    def all_of(self, table: str, value: Mapping[str, Any], depth: int) -> Condition:
        """Everything that one object of a filter says."""
        self.count()
        if depth > DEEPEST:
            raise BadInput(f"The filter is nested too deeply: at most {DEEPEST} levels.")
        return Every(tuple(self.part(table, name, _given(name, part), depth) for name, part in value.items()))

    def count(self) -> None:
        """One more condition, or group of them."""
        self.conditions += 1
        if self.conditions > MOST_CONDITIONS:
            raise BadInput(f"The filter has too many conditions: at most {MOST_CONDITIONS}.")

    def part(self, table: str, name: str, part: Any, depth: int) -> Condition:
        """What one field of a filter says."""
        match name:
            case "and":
                return Every(tuple(self.all_of(table, _given(name, each), depth + 1) for each in part))
            case "or":
                return Either(tuple(self.all_of(table, _given(name, each), depth + 1) for each in part))
            case "not":
                return Not(self.all_of(table, part, depth + 1))
        words = vocabulary[table]
        known = words.named(name)
        relation = words.model.relations.get(known)
        if not part and not isinstance(relation, One):
            raise BadInput(f"`{name}` is asked nothing in a filter. Say what it should be like, or omit it.")
        if known in words.columns:
            return Every(tuple(self.comparisons(words.model, known, part)))
        return self.related(relation, words.calling.get(known, relation.table), part, depth)

    def related(self, relation: One | Many | Linked, name: str, part: Mapping[str, Any], depth: int) -> Condition:
        """What is said of related rows, in the vocabulary of this name."""
        if isinstance(relation, One):
            return Has(relation, self.all_of(name, part, depth + 1))
        holds = []
        for quantifier, each in part.items():
            inner = self.all_of(name, _given(quantifier, each), depth + 1)
            holds.append(_quantified(quantifier, relation, inner))
        return Every(tuple(holds))

    def comparisons(self, model: Any, column: str, operators: Mapping[str, Any]) -> Iterator[Compare]:
        """What is said of one column."""
        table = model.__tablename__ if column == "id" else named_by(model.model_fields[column])
        for operator, value in operators.items():
            self.count()
            yield Compare(column, operator, _value(operator, _given(operator, value), table))


def _quantified(quantifier: str, relation: Many | Linked, inner: Condition) -> Condition:
    match quantifier:
        case "some":
            return Has(relation, inner)
        case "none":
            return Not(Has(relation, inner))
    return Not(Has(relation, Not(inner)))


def _given(name: str, value: Any) -> Any:
    if value is None:
        raise BadInput(f"`{name}` is null in a filter. Omit it, or use `isNull` to ask for what has no value.")
    return value


def _value(operator: str, value: Any, table: str | None) -> Any:
    """A value to compare with; ids decoded, lists as tuples so that conditions are hashable."""
    if isinstance(value, list):
        if len(value) > MOST_VALUES:
            raise BadInput(f"`{operator}` takes at most {MOST_VALUES} values.")
        return tuple(_value(operator, each, table) for each in value)
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        raise BadInput(f"Text in a filter may have at most {LONGEST_TEXT} characters.")
    return parse_id(table, value) if table is not None and operator != "isNull" else value
