"""Arbitrary input for hypothesis to draw: mostly of the schema's own shapes, with nonsense in places."""

from functools import cache
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    OperationDefinitionNode,
    parse,
    type_from_ast,
)
from hypothesis import strategies as st

from schema.schema import make_schema

SCHEMA = make_schema()._schema
IDS = ["task_", f"task_{'0' * 32}", f"project_{'f' * 32}", "worker_x", "", "\U0010ffff"]
TEXTS = st.text(max_size=20) | st.sampled_from(["Dig", " ", "%", "_\\", "x" * 201, "a\nb", "\0", "'; --", "🌱" * 200])
NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.sampled_from([0, 1, -1, 100, 101, 2**31 - 1, 2**31])
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "Boolean": st.booleans(),
    "Date": st.dates().map(str),
    "DateTime": st.datetimes().map(lambda moment: f"{moment.isoformat()}Z"),
    "Decimal": st.decimals(allow_nan=False, allow_infinity=False).map(str) | st.floats(-1e9, 1e9) | NUMBERS,
    "ID": st.sampled_from(IDS),
    "Int": NUMBERS,
    "String": TEXTS,
}


def variables_of(document: str) -> st.SearchStrategy[dict[str, Any]]:
    """Variables for a document: of the types it names, or nearly."""
    (operation, *_) = parse(document).definitions
    assert isinstance(operation, OperationDefinitionNode)
    return st.fixed_dictionaries(
        {},
        optional={
            each.variable.name.value: _value(str(type_from_ast(SCHEMA, each.type)))
            for each in operation.variable_definitions or ()
        },
    )


@cache
def _value(kind: str) -> st.SearchStrategy[Any]:
    """A value of this type; one in ten is anything at all."""
    return st.integers(0, 9).flatmap(lambda luck: JSON if luck == 0 else _right(kind))


def _right(kind: str) -> st.SearchStrategy[Any]:
    found: Any = type_from_ast(SCHEMA, parse(f"query ($x: {kind}) {{ x }}").definitions[0].variable_definitions[0].type)  # type: ignore[attr-defined]
    return _of(found)


def _of(kind: GraphQLInputType) -> st.SearchStrategy[Any]:
    match kind:
        case GraphQLNonNull():
            return _of(kind.of_type)
        case GraphQLList():
            return st.lists(_value(str(kind.of_type)), max_size=3)
        case GraphQLEnumType():
            return st.sampled_from(sorted(kind.values))
        case GraphQLInputObjectType():
            return _object(kind)
    return SCALARS[kind.name]


def _object(kind: GraphQLInputObjectType) -> st.SearchStrategy[Any]:
    """A few of its fields, and those that are required."""
    required = {name for name, field in kind.fields.items() if isinstance(field.type, GraphQLNonNull)}
    chosen = st.sets(st.sampled_from(sorted(kind.fields)), max_size=3).map(lambda names: names | required)
    return chosen.flatmap(
        lambda names: st.fixed_dictionaries({name: _value(str(kind.fields[name].type)) for name in names})
    )
