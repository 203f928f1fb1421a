"""Random filters of changes, and a reference implementation of them; filters and changes are in their JSON form."""

from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from inputs.changes import ChangeAction, ChangedType

NO_NAMES = ("", " ", "title dueDate", "TITLE", "tit", "title\\", "%", 'ti"tle', "{title}", "ä")


def matches(where: Mapping[str, Any], change: Mapping[str, Any]) -> bool:
    """Return whether a change matches all fields of a filter."""
    return all(_matches_field(name, value, change) for name, value in where.items())


def _matches_field(name: str, value: Any, change: Mapping[str, Any]) -> bool:
    match name:
        case "and":
            return all(matches(where, change) for where in value)
        case "or":
            return any(matches(where, change) for where in value)
        case "not":
            return not matches(value, change)
    return all(_compare(operator, operand, change[name]) for operator, operand in value.items())


def _compare(operator: str, operand: Any, value: Any) -> bool:
    match operator:
        case "isNull":
            return not operand
        case "in" | "notIn":
            return (value in operand) is (operator == "in")
        case "includes":
            return operand in value
        case "includesAny":
            return any(name in value for name in operand)
    return (value == operand) is (operator == "eq")


Members = Mapping[str, st.SearchStrategy[Any]]


def member_strategies(changes: Sequence[Mapping[str, Any]]) -> Members:
    """Return the strategies for the conditions on the fields of a change. Values are mostly those of these changes."""
    ids = sorted({change["objectId"] for change in changes})
    digits = ids[0].rpartition("_")[2]
    own_names = sorted({name for change in changes for name in change["changedFields"]})
    names = st.sampled_from([*own_names, *NO_NAMES])
    return {
        "type": _comparisons(st.sampled_from(ChangedType).map(str)),
        "action": _comparisons(st.sampled_from(ChangeAction).map(str)),
        "objectId": _comparisons(st.sampled_from([*ids, f"nonsense_{digits}", f"team_{digits}", "", "x"])),
        "changedFields": _operators({"includes": names, "includesAny": st.lists(names, max_size=4)}),
    }


@st.composite
def where_inputs(draw: st.DrawFn, members: Members, depth: int) -> dict[str, Any]:
    """Draw a filter with at most this nesting depth."""
    names = [*members, *(["and", "or", "not"] if depth > 1 else [])]
    chosen_names = draw(
        st.lists(st.sampled_from(names), min_size=draw(st.sampled_from([0, 1, 1, 1])), max_size=2, unique=True)
    )
    return {name: draw(_field_values(members, name, depth - 1)) for name in chosen_names}


def _field_values(members: Members, name: str, depth: int) -> st.SearchStrategy[Any]:
    if name in members:
        return members[name]
    return where_inputs(members, depth) if name == "not" else st.lists(where_inputs(members, depth), max_size=3)


def _comparisons(values: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, Any]]:
    lists = st.lists(values, max_size=6)
    return _operators({"eq": values, "ne": values, "in": lists, "notIn": lists, "isNull": st.booleans()})


def _operators(strategies: Members) -> st.SearchStrategy[dict[str, Any]]:
    """Draw one or two operators."""
    pairs = st.one_of([st.tuples(st.just(name), values) for name, values in strategies.items()])
    return st.lists(pairs, min_size=1, max_size=2, unique_by=lambda pair: pair[0]).map(dict)
