"""Inputs: read at once, as Strawberry would have read them field by field."""

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, is_required_input_field
from strawberry.types.arguments import convert_argument

from schema.inputs.build import definition
from schema.schema import make_schema

SCHEMA = make_schema()


def inputs() -> Iterator[tuple[Any, GraphQLInputObjectType]]:
    """Those that are made of a model's fields."""
    for kind in SCHEMA._schema.type_map.values():
        ours: Any = kind.extensions.get("strawberry-definition")
        if isinstance(kind, GraphQLInputObjectType) and hasattr(getattr(ours, "origin", None), "references"):
            yield ours.origin, kind


INPUTS = list(inputs())


def given(kind: GraphQLInputObjectType) -> Iterator[dict[str, Any]]:
    """What clients may write, as graphql-core reads it."""
    required = {name: f"the {name}" for name, field in kind.fields.items() if is_required_input_field(field)}
    optional = [name for name in kind.fields if name not in required]
    yield required
    for name in optional:
        yield required | {name: None}
        yield required | {name: f"the {name}"}
    yield required | dict.fromkeys(optional)
    yield required | {name: f"the {name}" for name in optional}


@pytest.mark.parametrize(("cls", "kind"), INPUTS, ids=[kind.name for _, kind in INPUTS])
def test_an_input_is_read_as_strawberry_reads_it(
    cls: Any, kind: GraphQLInputObjectType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(values: dict[str, Any]) -> Any:
        return convert_argument(values, cls, SCHEMA.schema_converter.scalar_registry, SCHEMA.config)

    ours = [read(values) for values in given(kind)]
    monkeypatch.setattr(definition(cls), "from_input", None)
    assert ours == [read(values) for values in given(kind)]
    assert all(type(each) is cls for each in ours)


def test_there_are_such_inputs() -> None:
    assert {"CreateTaskInput", "UpdateTaskInput"} <= {kind.name for _, kind in INPUTS}
