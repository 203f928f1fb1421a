"""The examples know every code and parameter of user errors."""

import re

from graphql import GraphQLEnumType, GraphQLObjectType

from server.config.paths import PROJECT_ROOT
from tests.support.graphql_schema import named_type

SOURCE = (PROJECT_ROOT / "examples" / "common" / "userErrors.ts").read_text(encoding="utf-8")


def test_every_code_has_a_sentence() -> None:
    codes = named_type("UserErrorCode")
    assert isinstance(codes, GraphQLEnumType)
    assert re.findall(r"^  ([A-Z_]+): \(", SOURCE, re.MULTILINE) == list(codes.values)


def test_every_parameter_is_selected_and_declared() -> None:
    params = named_type("UserErrorParams")
    assert isinstance(params, GraphQLObjectType)
    (selected,) = re.findall(r"params \{ ([a-zA-Z ]+) \}", SOURCE)
    (declared,) = re.findall(r"interface UserErrorParams \{\n(.*?)\}", SOURCE, re.DOTALL)
    assert selected.split() == list(params.fields)
    assert re.findall(r"(\w+)\?:", declared) == list(params.fields)
