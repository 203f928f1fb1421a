"""Parses filter inputs into query conditions. Nulls and empty comparisons are rejected: a forgotten variable must not
turn a filter into one that matches every row."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from strawberry.utils.str_converters import to_camel_case

from models.fields import referenced_table
from models.ids import parse_any_id, parse_id
from models.relations import BelongsTo, Relation, ToMany
from queries.filters import And, Compare, CompareCount, Condition, Exists, Matches, Not, Or, is_principal
from queries.search_query import InvalidSearchQuery, SearchQuery, parse_search_query
from services.core.errors import BadInput

MAX_DEPTH = 6
MAX_CONDITIONS = 100
MAX_VALUES = 200
MAX_TEXT_LENGTH = 1000
IS_ME = "isMe"


_SAFE_FORM = "If a condition depends on a variable that may be missing, pass the whole filter as one (`where: $where`)."


@dataclass(frozen=True)
class FilterSpec:
    """The columns and relations of a model that a filter input exposes."""

    model: Any
    columns: tuple[str, ...]
    relations: tuple[str, ...]
    aliases: Mapping[str, str]
    """The name of the filter spec for a relation's rows, where it is not the name of their table."""
    user_column: str | None = None
    """The column with the id of the user that a row stands for, which `isMe` compares."""

    def member_name(self, graphql_name: str) -> str:
        """The column or relation of this GraphQL name."""
        members = (*self.columns, *self.relations)
        return next(member for member in members if to_camel_case(member) == graphql_name)


filter_specs: dict[str, FilterSpec] = {}
"""Filter specs by table name, or by alias for a restricted filter of the same table. Each filter input adds one."""

IdType = Callable[[str], Condition | None]
"""Returns the condition for the rows in which an id has this prefix; None if there is no such type."""
id_types: dict[tuple[str, str], IdType] = {}
"""By table and column, for columns with ids of any type. inputs/audit_entry.py adds its own."""


def parse_filter(spec_name: str, value: Mapping[str, Any]) -> Condition:
    """Parse a filter input of this spec; raise BadInput if it is too large or contains null."""
    return FilterParser().parse_object(spec_name, value, 1)


class FilterParser:
    """Parses one filter and counts its conditions. Subclasses parse other conditions with the same operators."""

    def __init__(self) -> None:
        self.condition_count = 0

    def parse_object(self, spec_name: str, value: Mapping[str, Any], depth: int) -> Condition:
        """Parse one object of the filter: all of its fields must match."""
        self.count_condition()
        if depth > MAX_DEPTH:
            raise BadInput(f"The filter is nested too deeply: at most {MAX_DEPTH} levels.")
        return And(
            tuple(
                self.parse_field(spec_name, name, require_not_null(name, part), depth) for name, part in value.items()
            )
        )

    def count_condition(self) -> None:
        """Count one more condition or group; raise BadInput above the limit."""
        self.condition_count += 1
        if self.condition_count > MAX_CONDITIONS:
            raise BadInput(f"The filter has too many conditions: at most {MAX_CONDITIONS}.")

    def parse_field(self, spec_name: str, name: str, value: Any, depth: int) -> Condition:
        """Parse one field of an object: a logical operator, a column or a relation."""
        match name:
            case "and":
                return And(
                    tuple(self.parse_object(spec_name, require_not_null(name, item), depth + 1) for item in value)
                )
            case "or":
                return Or(
                    tuple(self.parse_object(spec_name, require_not_null(name, item), depth + 1) for item in value)
                )
            case "not":
                return Not(self.parse_object(spec_name, value, depth + 1))
        return self.parse_member(spec_name, name, value, depth)

    def parse_member(self, spec_name: str, name: str, value: Any, depth: int) -> Condition:
        """Parse the conditions on a column or on related rows."""
        spec = filter_specs[spec_name]
        if name == IS_ME and spec.user_column is not None:
            self.count_condition()
            is_me = is_principal(spec.user_column)
            return is_me if value else Not(is_me)
        member = spec.member_name(name)
        relation = spec.model.relations.get(member)
        if not isinstance(relation, BelongsTo):
            require_not_empty(name, value)
        if member in spec.columns:
            return And(tuple(self.parse_comparisons(spec.model, member, value)))
        return self.parse_relation(relation, spec.aliases.get(member, relation.table), value, depth)

    def parse_relation(self, relation: Relation, spec_name: str, value: Mapping[str, Any], depth: int) -> Condition:
        """Parse the conditions on related rows."""
        if isinstance(relation, BelongsTo):
            return Exists(relation, self.parse_object(spec_name, value, depth + 1))
        conditions: list[Condition] = []
        for quantifier, part in value.items():
            if quantifier == "count":
                conditions += self.parse_counts(relation, require_not_null(quantifier, part))
                continue
            row_condition = self.parse_object(spec_name, require_not_null(quantifier, part), depth + 1)
            conditions.append(_quantified(quantifier, relation, row_condition))
        return And(tuple(conditions))

    def parse_counts(self, relation: ToMany, operators: Mapping[str, Any]) -> Iterator[Condition]:
        """Parse the comparisons of a number of related rows."""
        require_not_empty("count", operators)
        for operator, value in operators.items():
            self.count_condition()
            yield CompareCount(relation, operator, parse_value(require_not_null(operator, value), None, operator))

    def parse_comparisons(self, model: Any, column: str, operators: Mapping[str, Any]) -> Iterator[Condition]:
        """Parse the comparisons of one column."""
        parse, id_type = _id_parser(model, column), id_types.get((model.__tablename__, column))
        for operator, value in operators.items():
            self.count_condition()
            checked = require_not_null(operator, value)
            if operator == "matches":
                yield Matches(model.__tablename__, column, _parse_search_query(checked))
                continue
            parsed = parse_value(checked, None if operator == "isNull" else parse, operator)
            if id_type is None or operator == "isNull":
                yield Compare(column, operator, parsed)
            else:
                yield self.compare_ids_of_any_type(column, operator, parsed, id_type)

    def compare_ids_of_any_type(self, column: str, operator: str, value: Any, id_type: IdType) -> Condition:
        """Compare ids and their types: `task_1` or `task_2` is one condition, `task_1` or `worker_1` two."""
        alternatives: list[Condition] = []
        prefixed_ids = value if operator in {"in", "notIn"} else (value,)
        for prefix in dict.fromkeys(prefix for prefix, _ in prefixed_ids):
            ids = tuple(id for id_prefix, id in prefixed_ids if id_prefix == prefix)
            if (is_of_type := id_type(prefix)) is not None:
                self.count_condition()
                is_id = Compare(column, "eq", ids[0]) if len(ids) == 1 else Compare(column, "in", ids)
                alternatives.append(And((is_of_type, is_id)))
        return Not(Or(tuple(alternatives))) if operator in {"ne", "notIn"} else Or(tuple(alternatives))


def _quantified(quantifier: str, relation: ToMany, row_condition: Condition) -> Condition:
    match quantifier:
        case "some":
            return Exists(relation, row_condition)
        case "none":
            return Not(Exists(relation, row_condition))
    return Not(Exists(relation, Not(row_condition)))


def _parse_search_query(text: str) -> SearchQuery:
    try:
        return parse_search_query(text)
    except InvalidSearchQuery as error:
        raise BadInput(f"`matches` is invalid: {error}") from None


def require_not_empty(name: str, value: Any) -> None:
    """Raise BadInput if an object of the filter contains no condition."""
    if not value:
        raise BadInput(f"`{name}` is empty in a filter. Pass at least one condition, or omit it. {_SAFE_FORM}")


def require_not_null(name: str, value: Any) -> Any:
    """Return the value; raise BadInput if it is null."""
    if value is None:
        message = f"`{name}` is null in a filter. Omit it, or use `isNull` to match objects without a value."
        raise BadInput(f"{message} {_SAFE_FORM}")
    return value


def _id_parser(model: Any, column: str) -> Callable[[str], Any] | None:
    """Return the function that decodes the column's values if they are ids."""
    if (model.__tablename__, column) in id_types:
        return _parse_prefixed_id
    table = model.__tablename__ if column == "id" else referenced_table(model.model_fields[column])
    return None if table is None else partial(parse_id, table)


def _parse_prefixed_id(text: str) -> tuple[str, UUID]:
    return text.rpartition("_")[0], parse_any_id(text)


def parse_value(value: Any, parse: Callable[[str], Any] | None, operator: str) -> Any:
    """Decode ids, and turn lists into tuples so that conditions are hashable."""
    if isinstance(value, list):
        if len(value) > MAX_VALUES:
            raise BadInput(f"`{operator}` takes at most {MAX_VALUES} values.")
        return tuple(parse_value(item, parse, operator) for item in value)
    if isinstance(value, str) and len(value) > MAX_TEXT_LENGTH:
        raise BadInput(f"Text in a filter may have at most {MAX_TEXT_LENGTH} characters.")
    return value if parse is None else parse(value)
