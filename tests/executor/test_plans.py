"""Plans: made once, bounded, shared by many at once; and their code, which holds no word of the client's but keys."""

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
from executor import Plans, compiler
from executor.cache import Bounded
from tests.executor.ways import Thing

SCHEMA = build_schema("""
    interface Named { name: String }
    type Cat implements Named { name: String }
    type Dog implements Named { name: String }
    type Query { a: Int, b: Int, named: Named }
""")


class Weight:
    """Something of a size."""

    def __init__(self, size: int) -> None:
        self.size = size


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The plans that are made."""
    made: list[Any] = []
    original = compiler.Compiler.compile

    def compile_(self: compiler.Compiler) -> Any:
        made.append(original(self))
        return made[-1]

    monkeypatch.setattr(compiler.Compiler, "compile", compile_)
    return made


def test_the_least_recently_used_go_first() -> None:
    bounded: Bounded[Weight] = Bounded(2, 100)
    for key in "abc":
        bounded.put(key, Weight(1))
        bounded.get("a")
    assert [key for key in "abc" if bounded.get(key)] == ["a", "c"]
    assert (len(bounded), bounded.used) == (2, 2)


def test_bytes_are_bounded() -> None:
    bounded: Bounded[Weight] = Bounded(10, 100)
    for key in "abc":
        bounded.put(key, Weight(40))
    assert [key for key in "abc" if bounded.get(key)] == ["b", "c"]
    bounded.put("d", Weight(101))
    assert (len(bounded), bounded.used) == (0, 0)


def test_what_grows_is_counted_when_it_is_used() -> None:
    bounded: Bounded[Weight] = Bounded(10, 100)
    growing = Weight(10)
    bounded.put("a", growing)
    bounded.put("b", Weight(80))
    growing.size = 50
    assert bounded.get("a") is growing
    assert (bounded.get("b"), bounded.used) == (None, 50)
    bounded.put("a", Weight(5))
    assert bounded.used == 5
    bounded.clear()
    assert (len(bounded), bounded.used) == (0, 0)


def test_a_plan_is_made_once(compiled: list[Any]) -> None:
    plans, document = Plans(), parse("query A { a } query B { b }")
    for name in "ABABAB":
        executor.execute(SCHEMA, document, {"a": 1}, operation_name=name, plans=plans)
    assert len(compiled) == len(plans.plans) == len(plans.operations) == 2


def test_a_plan_is_made_for_each_condition(compiled: list[Any]) -> None:
    plans = Plans()
    document = parse("query ($x: Boolean!, $y: Boolean!, $n: Int) { a @skip(if: $x) b @include(if: $y) }")
    for n in range(12):
        variables = {"x": n % 2 == 0, "y": n % 3 == 0, "n": n}
        executor.execute(SCHEMA, document, variable_values=variables, plans=plans)
    assert len(compiled) == 4


def test_many_operations_do_not_fill_the_memory(compiled: list[Any]) -> None:
    plans = Plans(count=5)
    for n in range(20):
        assert executor.execute(SCHEMA, parse(f"{{ x{n}: a }}"), {"a": n}, plans=plans).data == {f"x{n}": n}  # type: ignore[union-attr]
    assert len(plans.plans) == len(plans.operations) == 5
    small = Plans(size=30_000)
    for n in range(20):
        executor.execute(SCHEMA, parse(f"{{ x{n}: a }}"), plans=small)
    assert 0 < len(small.plans) < 20
    assert small.plans.used <= 30_000
    small.clear()
    assert len(small.plans) == len(small.operations) == 0


def test_a_plan_that_meets_new_types_grows() -> None:
    plans, document = Plans(), parse("{ named { name } }")
    sizes = []
    for kind in ("Cat", "Cat", "Dog", "Dog"):
        executor.execute(SCHEMA, document, {"named": {"__typename": kind}}, plans=plans)
        executor.execute(SCHEMA, document, {"named": None}, plans=plans)
        sizes.append(plans.plans.used)
    assert sizes[0] == sizes[1] < sizes[2] == sizes[3]


def test_another_document_at_the_same_address_is_another() -> None:
    plans = Plans(count=3)
    for n in range(200):  # parsed and forgotten, so that addresses are used again
        result = executor.execute(SCHEMA, parse(f"{{ k{n}: a }}"), {"a": n}, plans=plans)
        assert result.data == {f"k{n}": n}  # type: ignore[union-attr]


def test_another_resolver_needs_another_plan() -> None:
    plans, document = Plans(), parse("{ a }")
    assert executor.execute(SCHEMA, document, {"a": 1}, plans=plans).data == {"a": 1}  # type: ignore[union-attr]
    other = executor.execute(SCHEMA, document, {"a": 1}, field_resolver=lambda *_: 7, plans=plans)
    assert other.data == {"a": 7}  # type: ignore[union-attr]


def test_documents_without_a_plan_are_remembered_as_such() -> None:
    plans, document = Plans(), parse("subscription { a }")
    for _ in range(3):
        assert executor.execute(SCHEMA, document, plans=plans).errors  # type: ignore[union-attr]
    assert (len(plans.operations), len(plans.plans)) == (1, 0)


async def test_one_plan_is_run_by_many_at_once(compiled: list[Any]) -> None:
    async def resolve(parent: Any, info: Any, n: int) -> int:
        await asyncio.sleep(0.001 * (n % 3))
        if n % 10 == 0:
            raise ValueError(str(n))
        return n + int(info.context)

    field = GraphQLField(GraphQLInt, {"n": GraphQLArgument(GraphQLInt)}, resolve=resolve)
    schema = GraphQLSchema(GraphQLObjectType("Query", {"f": field}))
    document, plans = parse("query ($n: Int) { one: f(n: $n) two: f(n: 1) }"), Plans()

    async def ask(n: int) -> Any:
        return await executor.execute(schema, document, None, 100, {"n": n}, plans=plans)  # type: ignore[misc]

    results = await asyncio.gather(*(ask(n) for n in range(100)))
    assert len(compiled) == 1
    for n, result in enumerate(results):
        assert result.data == {"one": None if n % 10 == 0 else n + 100, "two": 101}
        assert [error.message for error in result.errors or ()] == ([str(n)] if n % 10 == 0 else [])


def test_keys_that_are_no_names_stay_text() -> None:
    key = "x'}: __import__('os').abort() #\\\n\""
    field = FieldNode(name=NameNode(value="a"), alias=NameNode(value=key))
    selections = SelectionSetNode(selections=(field,))
    document = DocumentNode(
        definitions=(OperationDefinitionNode(operation=OperationType.QUERY, selection_set=selections),)
    )
    assert executor.execute(SCHEMA, document, Thing(a=1), plans=Plans()).data == {key: 1}  # type: ignore[union-attr]


def test_a_plan_is_explained() -> None:
    text = executor.explain(SCHEMA, parse("query ($on: Boolean!) { a named { name } b @skip(if: $on) }"), {"on": True})
    assert text.splitlines()[0] == "Query"
    assert "done.append({'a': v0, 'named': v1})" in text
    assert "named: default -> Named" in text
