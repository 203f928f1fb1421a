"""Documents and plans are freed when they are dropped, and not by a later run of the garbage collector."""

import gc
from collections.abc import Callable, Iterator
from weakref import ref

import pytest
from graphql import GraphQLError, Token, build_schema, parse

import executor
from executor import PlanCache
from executor.plan_lookup import find_plan
from queries import statement_cache
from queries.statement_cache import MAX_DISCARDED_BYTES, DiscardedStatements
from server.graphql.documents import DocumentCache
from tests.security.test_document_cache import unknown_fields, valid_document
from tests.support.graphql_schema import graphql_schema

SCHEMA = build_schema("""
    interface Named { name: String }
    type Cat implements Named { name: String }
    type Query { a: Int, named: Named }
    type Mutation { named: Named }
""")
TEXTS = (
    "{ a b: a }",
    "{ named { name } }",
    "mutation { named { name } }",
    "{ a named { name ... on Cat { b: name } } }",
)


@pytest.fixture(autouse=True)
def disabled_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("text", TEXTS)
def test_dropped_plan_is_freed(text: str) -> None:
    cache, document = PlanCache(), parse(text)
    executor.execute(SCHEMA, document, {"named": {"__typename": "Cat"}}, plan_cache=cache)
    plan, _ = find_plan(cache, SCHEMA, document)
    references: list[Callable[[], object]] = [
        ref(plan),
        ref(plan.root.build_objects),
        ref(plan.operation),
    ]
    del plan
    assert None not in [reference() for reference in references]
    cache.clear()
    assert [reference() for reference in references] == [None] * 3


@pytest.mark.slow
@pytest.mark.parametrize("text", [valid_document(1), unknown_fields(1), valid_document(1) + "}", "{ " * 300])
def test_dropped_document_is_freed(text: str) -> None:
    documents = DocumentCache(graphql_schema(), introspection=True)
    gc.collect()
    before = count_tokens()
    try:
        documents.load(text)
    except GraphQLError:
        assert len(documents) == 0
    del documents
    assert count_tokens() <= before


def test_discarded_statements_are_collected(monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[int] = []
    monkeypatch.setattr(statement_cache.gc, "collect", lambda: runs.append(1))  # type: ignore[attr-defined]
    discarded = DiscardedStatements()
    for _ in range(6):
        discarded.add(MAX_DISCARDED_BYTES // 2)
    assert len(runs) == 2


def count_tokens() -> int:
    return sum(isinstance(each, Token) for each in gc.get_objects())
