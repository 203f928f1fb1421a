"""JSON Schemas of variables."""

from typing import Any

from graphql import OperationDefinitionNode, build_schema, parse

from server.mcp.input_schemas import MAX_INPUT_TYPES, describe_variables

SCHEMA = build_schema("""
enum Color { RED GREEN }
scalar DateTime
scalar Other
input By @oneOf { id: ID slug: String }
input Filter { and: [Filter!] color: Color = RED "Its name." name: String! size: Int! = 1 deep: Deep }
input Deep { deeper: Deeper }
input Deeper { filter: Filter }
type Query { a(b: Float): Int }
""")


def describe(variables: str, max_input_types: int = MAX_INPUT_TYPES) -> dict[str, Any]:
    """Return the JSON Schema of an operation with these variables."""
    (operation,) = parse(f"query ({variables}) {{ a }}").definitions
    assert isinstance(operation, OperationDefinitionNode)
    return describe_variables(SCHEMA, operation.variable_definitions or (), max_input_types)


def nullable(**schema: Any) -> dict[str, Any]:
    """Return the JSON Schema of a type that includes null."""
    return {"anyOf": [schema, {"type": "null"}]}


def test_scalars_lists_and_enums() -> None:
    schema = describe("$a: ID!, $b: [Float!]!, $c: Color, $d: DateTime!, $e: Other!, $f: Boolean! = true")
    assert schema == {
        "type": "object",
        "additionalProperties": False,
        "required": ["a", "b", "d", "e"],
        "properties": {
            "a": {"type": "string"},
            "b": {"type": "array", "items": {"type": "number"}},
            "c": nullable(type="string", enum=["RED", "GREEN"]),
            "d": {"type": "string", "format": "date-time"},
            "e": {},
            "f": {"type": "boolean", "default": True},
        },
    }


def test_input_objects_are_definitions() -> None:
    definitions = describe("$filter: Filter!")["$defs"]
    assert list(definitions) == ["Filter", "Deep", "Deeper"]
    filter_schema = definitions["Filter"]
    assert filter_schema["required"] == ["name"]
    assert filter_schema["properties"]["name"] == {"type": "string", "description": "Its name."}
    assert filter_schema["properties"]["and"] == nullable(type="array", items={"$ref": "#/$defs/Filter"})


def test_object_of_one_field() -> None:
    by = describe("$by: By!")["$defs"]["By"]
    assert (by["minProperties"], by["maxProperties"]) == (1, 1)


def test_number_of_definitions_is_bounded() -> None:
    definitions = describe("$filter: Filter!", 2)["$defs"]
    assert list(definitions) == ["Filter", "Deep"]
    (deeper, _) = definitions["Deep"]["properties"]["deeper"]["anyOf"]
    assert (deeper["type"], "Deeper" in deeper["description"]) == ("object", True)
    assert "$defs" not in describe("$filter: Filter!", 0)


def test_operation_without_variables() -> None:
    (operation,) = parse("{ a }").definitions
    assert isinstance(operation, OperationDefinitionNode)
    schema = describe_variables(SCHEMA, operation.variable_definitions or ())
    assert schema == {"type": "object", "properties": {}, "additionalProperties": False}
