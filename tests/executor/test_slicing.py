"""Slicing: large selections are executed in chunks and encoded in slices, with the same result."""

import asyncio
from typing import Any

import pytest
from graphql import GraphQLObjectType, GraphQLSchema, parse

import executor
from executor import Meter, ResponseTooLarge, Slicing, TooManyErrors
from executor.core_meter import MAX_ERRORS
from executor.selection_size import MAX_LOADED_OBJECTS
from executor.slicing import MAX_PLAIN_VALUES
from tests.executor.executor_helpers import fail_on_fallback
from tests.executor.sliced_schema import PAGE_SIZE, Part, SlicedSchema, decode, encode

CHUNK = MAX_LOADED_OBJECTS // PAGE_SIZE
"""So many parents with one page each are one chunk."""
ITEMS = "{ items(count: %d) { number name } }"
PAGES = "{ items(count: %d) { number page(first: 100) { number name } } }"


@pytest.fixture
def sliced() -> SlicedSchema:
    return SlicedSchema()


async def assert_same_as_core(sliced: SlicedSchema, text: str, **options: Any) -> Any:
    """Fail unless a sliced plan, graphql-core in slices and graphql-core return the same data and errors. Return the
    data."""
    core = await executor.execute_with_core(sliced.schema, parse(text))
    plan_meter, core_meter = Meter(), Meter()
    planned = await sliced.run(text, meter=plan_meter, **options)
    by_core = await sliced.run(text, executor.execute_with_core, meter=core_meter)
    assert decode(planned.data) == core.data == decode(by_core.data)
    assert planned.errors == core.errors == by_core.errors
    if not core.errors:
        assert plan_meter.points == core_meter.points
    return core.data


@pytest.mark.parametrize("count", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 5 * CHUNK + 3])
async def test_parents_are_executed_in_chunks(sliced: SlicedSchema, count: int) -> None:
    data = await assert_same_as_core(sliced, PAGES % count, on_fallback=fail_on_fallback)
    assert len(data["items"]) == count
    sliced.loads.clear()
    await sliced.run(PAGES % count)
    expected = [CHUNK] * (count // CHUNK) + ([count % CHUNK] if count % CHUNK else [])
    assert sliced.loads == expected


async def test_page_sizes_in_variables_determine_chunks(sliced: SlicedSchema) -> None:
    text = "query($first: Int) { items(count: 100) { page(first: $first) { number } } }"
    for first, loads in ((1, [100]), (20, [100]), (50, [50, 50]), (None, [100])):
        sliced.loads.clear()
        variables = {} if first is None else {"first": first}
        await sliced.run(text, variable_values=variables, on_fallback=fail_on_fallback)
        assert sliced.loads == loads, first


async def test_nested_chunks(sliced: SlicedSchema) -> None:
    text = "{ items(count: 50) { page(first: 100) { number page(first: 100) { number page(first: 100) { name } } } } }"
    await assert_same_as_core(sliced, text, on_fallback=fail_on_fallback)
    assert max(sliced.loads) <= CHUNK


async def test_wide_selections_load_one_field_at_a_time(sliced: SlicedSchema) -> None:
    aliases = " ".join(f"p{number}: page(first: 100) {{ number page(first: 50) {{ number }} }}" for number in range(5))
    await assert_same_as_core(sliced, f"{{ items(count: 10) {{ {aliases} }} }}", on_fallback=fail_on_fallback)
    assert sliced.chunks > 5


@pytest.mark.slow
async def test_large_lists_are_encoded(sliced: SlicedSchema) -> None:
    meter = Meter()
    result = await sliced.run(ITEMS % MAX_PLAIN_VALUES, meter=meter, on_fallback=fail_on_fallback)
    items = result.data["items"]  # type: ignore[index]
    assert {type(item) for item in items} == {Part}
    assert meter.encoded_bytes == sum(len(item.text) for item in items)
    await assert_same_as_core(sliced, ITEMS % MAX_PLAIN_VALUES)


async def test_usual_results_are_not_encoded(sliced: SlicedSchema) -> None:
    meter = Meter()
    result = await sliced.run(ITEMS % 100, meter=meter)
    assert type(result.data["items"][0]) is dict  # type: ignore[index]
    assert (meter.encoded_bytes, meter.has_encoded_objects) == (0, False)


async def test_nullable_items(sliced: SlicedSchema) -> None:
    text = "{ items(count: 90) { number maybe(first: 100) { number name one { name } } } }"
    await assert_same_as_core(sliced, text, on_fallback=fail_on_fallback)


async def test_bytes_of_nested_parts_count_once(sliced: SlicedSchema) -> None:
    aliases = " ".join(f"a{number}: name" for number in range(50))
    text = f"{{ items(count: 100) {{ {aliases} page(first: 100) {{ {aliases} }} }} }}"
    meter = Meter()
    result = await sliced.run(text, meter=meter, on_fallback=fail_on_fallback)
    size = encode(result.data)[1]
    assert meter.encoded_bytes <= size < 1.2 * meter.encoded_bytes + 200_000


@pytest.mark.slow
@pytest.mark.parametrize("dedupe_objects", [False, True])
async def test_shared_objects_count_at_each_position(sliced: SlicedSchema, dedupe_objects: bool) -> None:  # noqa: FBT001
    aliases = " ".join(f"a{number}: name" for number in range(50))
    text = f"{{ items(count: 1000) {{ one {{ {aliases} }} }} }}"
    meter = Meter()
    result = await sliced.run(text, meter=meter, dedupe_objects=dedupe_objects, on_fallback=fail_on_fallback)
    parts = [item["one"] for item in result.data["items"]]  # type: ignore[index]
    assert len(set(map(id, parts))) == (1 if dedupe_objects else 1000)
    assert meter.encoded_bytes == sum(len(part.text) for part in parts)
    await assert_same_as_core(sliced, text, dedupe_objects=dedupe_objects)
    with pytest.raises(ResponseTooLarge):
        await sliced.run(text, meter=Meter(meter.encoded_bytes - 1), dedupe_objects=dedupe_objects)


async def test_error_in_later_chunk_falls_back(sliced: SlicedSchema) -> None:
    sliced.failing_number = 3 * CHUNK
    meter = Meter()
    text = PAGES % (4 * CHUNK)
    data = await assert_same_as_core(sliced, text)
    assert data["items"][3 * CHUNK]["page"] is None
    await sliced.run(text, meter=meter)
    core_meter = Meter()
    await sliced.run(text, executor.execute_with_core, meter=core_meter)
    assert meter.points == core_meter.points


async def test_cancellation_ends_running_chunk(sliced: SlicedSchema) -> None:
    sliced.waits = True
    task = asyncio.ensure_future(sliced.run(PAGES % (4 * CHUNK)))
    await sliced.is_waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sliced.cancelled
    assert asyncio.all_tasks() == {asyncio.current_task()}


ALIASES = " ".join(f"a{number}: name" for number in range(50))
LARGE_TEXTS = {
    "many objects": ITEMS % 20_000,
    "many fields": f"{{ items(count: 2000) {{ {ALIASES} }} }}",
    "shared objects": f"{{ items(count: 2000) {{ one {{ {ALIASES} }} }} }}",
}


@pytest.mark.parametrize("text", LARGE_TEXTS.values(), ids=LARGE_TEXTS)
@pytest.mark.parametrize("execute", [executor.execute, executor.execute_with_core])
async def test_execution_stops_at_limit(sliced: SlicedSchema, text: str, execute: Any) -> None:
    async def fail(_failure: Exception) -> None:
        raise AssertionError("the operation was repeated")

    meter = Meter(100_000)
    options = {"on_fallback": fail} if execute is executor.execute else {}
    with pytest.raises(ResponseTooLarge, match=r"more than 100,000 bytes"):
        await sliced.run(text, execute, meter=meter, **options)
    assert meter.encoded_bytes < 400_000
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize(("field", "is_encoded"), [("number", False), ("name", True)])
async def test_long_values_are_encoded_earlier(sliced: SlicedSchema, field: str, is_encoded: bool) -> None:  # noqa: FBT001
    aliases = " ".join(f"a{number}: {field}" for number in range(20))
    meter = Meter()
    await sliced.run(f"{{ items(count: 100) {{ {aliases} }} }}", meter=meter)
    assert meter.has_encoded_objects == is_encoded


@pytest.mark.parametrize("execute", [executor.execute, executor.execute_with_core])
async def test_other_tasks_run_during_large_execution(sliced: SlicedSchema, execute: Any) -> None:
    iterations = 0

    async def count() -> None:
        nonlocal iterations
        while True:
            iterations += 1
            await asyncio.sleep(0)

    counter = asyncio.ensure_future(count())
    await sliced.run(ITEMS % 20_000, execute)
    counter.cancel()
    assert iterations > 10


async def test_execution_stops_after_many_errors(sliced: SlicedSchema) -> None:
    sliced.always_fails = True
    result = await sliced.run(PAGES % MAX_ERRORS)
    assert len(result.errors or ()) == MAX_ERRORS
    sliced.loads.clear()
    with pytest.raises(TooManyErrors, match=r"More than 1,000 fields failed"):
        await sliced.run(PAGES % (3 * MAX_ERRORS))
    assert len(sliced.loads) < 1.1 * MAX_ERRORS
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_mutation_stops_at_limit_and_keeps_error_path(sliced: SlicedSchema) -> None:
    query = sliced.schema.query_type
    assert query is not None
    schema = GraphQLSchema(query, GraphQLObjectType("Mutation", {"items": query.fields["items"]}))
    slicing = Slicing(encode, sliced.count_chunk)
    meter = Meter(100_000)
    result = await executor.execute(  # type: ignore[misc]
        schema, parse("mutation { items(count: 20000) { number name } }"), meter=meter, slicing=slicing
    )
    (error,) = result.errors
    assert (result.data, error.path) == ({"items": None}, ["items"])
    assert isinstance(error.original_error, ResponseTooLarge)


async def test_points_of_an_abandoned_plan_are_counted_separately(sliced: SlicedSchema) -> None:
    text, succeeded, failed = "{ items(count: 7) { page(first: 1) { number } } }", Meter(), Meter()
    await sliced.run(text, meter=succeeded)
    sliced.always_fails = True
    await sliced.run(text, meter=failed)
    assert succeeded.abandoned_points == 0
    assert failed.abandoned_points == failed.points == succeeded.points - 7  # the pages are missing, twice
