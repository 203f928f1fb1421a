"""Documents are refused or validated with work that is proportional to their length."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import GraphQLError, get_introspection_query, parse

from server.config.operation_limits import OperationLimits
from server.graphql.document_limits import check_document_size
from server.graphql.document_rules import build_rules
from server.graphql.documents import DocumentCache
from tests.support.graphql_schema import graphql_schema
from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.slow

TIMEOUT_SECONDS = 20
"""Seconds after which a request counts as hanging. The documents took up to 37 s before."""
SCHEMA = graphql_schema()


def fragment_chain(count: int, body: str) -> str:
    """Return a document whose fragment n contains `body` with NEXT replaced by a spread of fragment n + 1."""
    fragments = [f"fragment F{n} on User {{ id {body.replace('NEXT', f'...F{n + 1}')} }}" for n in range(count)] + [
        f"fragment F{count} on User {{ id }}"
    ]
    return "{ viewer { ...F0 } } " + " ".join(fragments)


def spread_by_all(count: int) -> str:
    """Return a document whose fragments each spread all later ones."""
    fragments = [
        f"fragment F{n} on User {{ id {' '.join(f'...F{later}' for later in range(n + 1, count))} }}"
        for n in range(count)
    ]
    return "{ viewer { ...F0 } } " + " ".join(fragments)


MEMBERSHIP = "memberships { nodes { user { NEXT } } }"
EXPENSIVE = {
    "fragments spread three times": fragment_chain(40, " ".join(f"a{n}: {MEMBERSHIP}" for n in range(3))),
    "fragments spread at two depths": fragment_chain(60, f"a: {MEMBERSHIP} NEXT b: {MEMBERSHIP}"),
    "fragments that spread all others": spread_by_all(40),
    "repeated objects": "{ " + "viewer { memberships { nodes { user { id } } } } " * 98 + "}",
    "invalid literals": "{ tasks(where: {" + " ".join(f"a{n}: 1" for n in range(1200)) + "}) { totalCount } }",
    "unknown fields": "{ viewer { " + " ".join(f"a{n}" for n in range(2800)) + " } }",
    "unused fragments": "{ viewer { id } } " + " ".join(f"fragment F{n} on User {{ id }}" for n in range(500)),
    "inline fragments": "{ viewer { " + "... { id " * 400 + "}" * 400 + " } }",
    "directives": "{ viewer { id " + "@include(if: true) " * 560 + "} }",
    "arguments": "{ task(" + "id: 1 " * 1300 + ") { id } }",
    "variables": "query (" + " ".join(f"$a{n}: Int" for n in range(950)) + ") { viewer { id } }",
}


def test_expensive_documents_are_refused(tmp_path: Path) -> None:
    with (
        ServerProcess(tmp_path, f"sqlite:///{tmp_path / 'limits.db'}", "--demo") as server,
        httpx.Client(base_url=server.url, timeout=TIMEOUT_SECONDS) as http,
    ):
        for name, document in EXPENSIVE.items():
            assert len(document) <= 16_384, name
            body = http.post("/graphql", json={"query": document}).json()
            assert body.keys() == {"errors"}, name
            assert {error["extensions"]["code"] for error in body["errors"]} == {"BAD_USER_INPUT"}, name


def message(document: str, limits: OperationLimits | None = None) -> str:
    """Return why the document is refused, or an empty text."""
    try:
        check_document_size(parse(document), *([limits] if limits else []))
    except GraphQLError as error:
        return error.message
    return ""


NESTED = "{ viewer { memberships { nodes { id } } } }"


@pytest.mark.parametrize(
    ("document", "limits", "expected"),
    [
        (NESTED, {"depth": 3}, "The operation is nested 4 levels deep; at most 3 are allowed (MAX_QUERY_DEPTH)."),
        (
            "{ viewer { ...A } } fragment A on User { memberships { nodes { id } } }",
            {"depth": 3},
            "The operation is nested 4 levels deep; at most 3 are allowed (MAX_QUERY_DEPTH).",
        ),
        (
            "{ a: viewer { id } ...A } fragment A on Query { b: viewer { id } }",
            {"root_fields": 1},
            "The operation has 2 root fields; at most 1 are allowed (MAX_ROOT_FIELDS).",
        ),
        (
            "{ viewer { id ... { a: id } ...A } } fragment A on User { b: id }",
            {"aliases": 2},
            "The field 'id' is selected under 3 names; at most 2 are allowed (MAX_ALIASES).",
        ),
        (
            "query A { __typename } query B { __typename }",
            {"operations": 1},
            "The document contains 2 operations; at most 1 are allowed (MAX_OPERATIONS).",
        ),
    ],
)
def test_message_names_limit_and_value(document: str, limits: Any, expected: str) -> None:
    assert message(document, OperationLimits(**limits)) == expected
    assert message(document) == ""


def test_depth_of_fifteen_levels_is_the_default() -> None:
    assert message("{ viewer " * 14 + "{ id }" + "}" * 14) == ""
    assert "16 levels" in message("{ viewer " * 15 + "{ id }" + "}" * 15)


def test_fields_of_all_operations_are_added_up() -> None:
    fields = "{ viewer { " + " ".join(f"a{n}: id b{n}: email c{n}: fullName" for n in range(40)) + " } }"
    shared = "fragment A on Query " + fields
    operations = [f"query Q{n} {{ ...A }}" for n in range(42)]
    assert message(" ".join([*operations[:41], shared])) == ""
    assert message(" ".join([*operations, shared])) == "The document selects more than 5,000 fields."


def test_fragment_cycle_below_a_field_is_refused() -> None:
    assert message("{ ...A } fragment A on Query { viewer { ...A } }") == "Cannot spread fragment 'A' within itself."


def test_shared_fragments_are_not_counted_twice_in_a_selection_set() -> None:
    documents = DocumentCache(SCHEMA, introspection=True)
    assert documents.load(fragment_chain(60, "NEXT NEXT")).errors == []


@pytest.mark.parametrize("options", [{}, {"input_value_deprecation": True, "specified_by_url": True}])
def test_standard_introspection_query_is_valid(options: Any) -> None:
    documents = DocumentCache(SCHEMA, introspection=True, limits=OperationLimits(depth=5))
    assert documents.load(get_introspection_query(**options)).errors == []


def test_nested_introspection_is_refused() -> None:
    documents = DocumentCache(SCHEMA, introspection=True)
    query = "{ __schema { types { " + "fields { type { " * 4 + "name" + " } }" * 4 + " } } }"
    assert documents.load(query).errors[0].message == "Maximum introspection depth exceeded"


@pytest.mark.parametrize(
    "query",
    [
        "{ tasks(first: $first) { totalCount } }",
        "query ($first: Int) { tasks { totalCount } }",
        "query ($first: Int, $first: Int) { tasks(first: $first) { totalCount } }",
        "query ($first: String) { tasks(first: $first) { totalCount } }",
        "query ($first: Task) { tasks(first: $first) { totalCount } }",
    ],
)
def test_rules_for_variables_are_applied(query: str) -> None:
    assert DocumentCache(SCHEMA, introspection=True).load(query).errors


def test_rules_for_variables_are_the_only_ones_that_documents_without_variables_skip() -> None:
    skipped = set(build_rules(introspection=True)) - set(build_rules(introspection=True, has_variables=False))
    assert all("Variable" in rule.__name__ for rule in skipped)
    assert len(skipped) == 5
