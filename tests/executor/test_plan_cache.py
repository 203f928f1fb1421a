"""Plans are compiled once, cached within limits, and shared by executions; response keys in their code are escaped."""

import asyncio
from typing import Any

import pytest
from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLInt,
    GraphQLObjectType,
    GraphQLSchema,
    NameNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    build_schema,
    parse,
)

import executor
from executor import PlanCache, compiler, prepared_operation
from executor.plan_cache import LruCache
from tests.executor.executor_helpers import Record, count_plans

SCHEMA = build_schema("""
    interface Named { name: String }
    type Cat implements Named { name: String }
    type Dog implements Named { name: String }
    type Query { a: Int, b: Int, named: Named }
""")


class SizedValue:
    """A value with a size."""

    def __init__(self, size: int) -> None:
        self.size = size


@pytest.fixture
def compiled_plans(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return a list of the plans that are compiled during the test."""
    plans: list[Any] = []
    original = compiler.Compiler.compile

    def compile_and_record(self: compiler.Compiler) -> Any:
        plans.append(original(self))
        return plans[-1]

    monkeypatch.setattr(compiler.Compiler, "compile", compile_and_record)
    return plans


def test_least_recently_used_values_are_evicted_first() -> None:
    cache: LruCache[SizedValue] = LruCache(2, 100)
    for key in "abc":
        cache.put(key, SizedValue(1))
        cache.get("a")
    assert [key for key in "abc" if cache.get(key)] == ["a", "c"]
    assert (len(cache), cache.used_bytes) == (2, 2)


def test_bytes_are_limited() -> None:
    cache: LruCache[SizedValue] = LruCache(10, 100)
    for key in "abc":
        cache.put(key, SizedValue(40))
    assert [key for key in "abc" if cache.get(key)] == ["b", "c"]
    cache.put("d", SizedValue(101))
    assert (len(cache), cache.used_bytes) == (0, 0)


def test_increased_size_is_counted_when_the_value_is_read() -> None:
    cache: LruCache[SizedValue] = LruCache(10, 100)
    value = SizedValue(10)
    cache.put("a", value)
    cache.put("b", SizedValue(80))
    value.size = 50
    assert cache.get("a") is value
    assert (cache.get("b"), cache.used_bytes) == (None, 50)
    cache.put("a", SizedValue(5))
    assert cache.used_bytes == 5
    cache.clear()
    assert (len(cache), cache.used_bytes) == (0, 0)


def test_plan_is_compiled_once_per_operation(compiled_plans: list[Any]) -> None:
    cache, document = PlanCache(), parse("query A { a } query B { b }")
    for name in "ABABAB":
        executor.execute(SCHEMA, document, {"a": 1}, operation_name=name, plan_cache=cache)
    assert len(compiled_plans) == count_plans(cache) == len(cache.operations) == 2


def test_plan_is_compiled_for_each_combination_of_conditions(compiled_plans: list[Any]) -> None:
    cache = PlanCache()
    document = parse("query ($x: Boolean!, $y: Boolean!, $n: Int) { a @skip(if: $x) b @include(if: $y) }")
    for n in range(12):
        variables = {"x": n % 2 == 0, "y": n % 3 == 0, "n": n}
        executor.execute(SCHEMA, document, variable_values=variables, plan_cache=cache)
    assert len(compiled_plans) == 4


def test_number_of_plans_of_an_operation_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared_operation, "MAX_VARIANTS", 3)
    cache, sizes = PlanCache(), []
    document = parse("query ($x: Boolean!, $y: Boolean!) { a @skip(if: $x) b @include(if: $y) }")
    for n in range(4):
        variables = {"x": n % 2 == 0, "y": n >= 2}
        executor.execute(SCHEMA, document, variable_values=variables, plan_cache=cache)
        sizes.append((count_plans(cache), cache.operations.used_bytes))
    assert [count for count, _ in sizes] == [1, 2, 3, 1]
    assert sizes[0][1] < sizes[1][1] < sizes[2][1] > sizes[3][1]


def test_number_and_size_of_cached_plans_are_limited(compiled_plans: list[Any]) -> None:
    cache = PlanCache(max_count=5)
    for n in range(20):
        assert executor.execute(SCHEMA, parse(f"{{ x{n}: a }}"), {"a": n}, plan_cache=cache).data == {f"x{n}": n}  # type: ignore[union-attr]
    assert count_plans(cache) == len(cache.operations) == 5
    small = PlanCache(max_bytes=30_000)
    for n in range(20):
        executor.execute(SCHEMA, parse(f"{{ x{n}: a }}"), plan_cache=small)
    assert 0 < count_plans(small) < 20
    assert small.operations.used_bytes <= 30_000
    small.clear()
    assert count_plans(small) == len(small.operations) == 0


def test_plan_grows_when_new_types_occur() -> None:
    cache, document = PlanCache(), parse("{ named { name } }")
    sizes = []
    for type_name in ("Cat", "Cat", "Dog", "Dog"):
        executor.execute(SCHEMA, document, {"named": {"__typename": type_name}}, plan_cache=cache)
        for _ in range(2):  # the first one notices the growth, the next one counts it
            executor.execute(SCHEMA, document, {"named": None}, plan_cache=cache)
        sizes.append(cache.operations.used_bytes)
    assert sizes[0] == sizes[1] < sizes[2] == sizes[3]


def test_document_with_a_reused_identity_has_its_own_plan() -> None:
    cache = PlanCache(max_count=3)
    for n in range(200):  # the document is not referenced, so that its identity is reused
        result = executor.execute(SCHEMA, parse(f"{{ k{n}: a }}"), {"a": n}, plan_cache=cache)
        assert result.data == {f"k{n}": n}  # type: ignore[union-attr]


def test_custom_field_resolver_has_its_own_plan() -> None:
    cache, document = PlanCache(), parse("{ a }")
    assert executor.execute(SCHEMA, document, {"a": 1}, plan_cache=cache).data == {"a": 1}  # type: ignore[union-attr]
    result = executor.execute(SCHEMA, document, {"a": 1}, field_resolver=lambda *_: 7, plan_cache=cache)
    assert result.data == {"a": 7}  # type: ignore[union-attr]


def test_unsupported_documents_are_cached() -> None:
    cache, document = PlanCache(), parse("subscription { a }")
    for _ in range(3):
        assert executor.execute(SCHEMA, document, plan_cache=cache).errors  # type: ignore[union-attr]
    assert (len(cache.operations), count_plans(cache)) == (1, 0)


async def test_plan_is_shared_by_concurrent_executions(compiled_plans: list[Any]) -> None:
    async def resolve(parent: Any, info: Any, n: int) -> int:
        await asyncio.sleep(0.001 * (n % 3))
        if n % 10 == 0:
            raise ValueError(str(n))
        return n + int(info.context)

    field = GraphQLField(GraphQLInt, {"n": GraphQLArgument(GraphQLInt)}, resolve=resolve)
    schema = GraphQLSchema(GraphQLObjectType("Query", {"f": field}))
    document, cache = parse("query ($n: Int) { one: f(n: $n) two: f(n: 1) }"), PlanCache()

    async def execute(n: int) -> Any:
        return await executor.execute(schema, document, None, 100, {"n": n}, plan_cache=cache)  # type: ignore[misc]

    results = await asyncio.gather(*(execute(n) for n in range(100)))
    assert len(compiled_plans) == 1
    for n, result in enumerate(results):
        assert result.data == {"one": None if n % 10 == 0 else n + 100, "two": 101}
        assert [error.message for error in result.errors or ()] == ([str(n)] if n % 10 == 0 else [])


def test_response_keys_that_are_not_names_are_escaped() -> None:
    key = "x'}: __import__('os').abort() #\\\n\""
    field = FieldNode(name=NameNode(value="a"), alias=NameNode(value=key))
    selections = SelectionSetNode(selections=(field,))
    document = DocumentNode(
        definitions=(OperationDefinitionNode(operation=OperationType.QUERY, selection_set=selections),)
    )
    assert executor.execute(SCHEMA, document, Record(a=1), plan_cache=PlanCache()).data == {key: 1}  # type: ignore[union-attr]


def test_explain_shows_code_and_resolvers() -> None:
    text = executor.explain(SCHEMA, parse("query ($on: Boolean!) { a named { name } b @skip(if: $on) }"), {"on": True})
    assert text.splitlines()[0] == "Query"
    assert "results.append({'a': v0, 'named': v1})" in text
    assert "named: default -> Named" in text
