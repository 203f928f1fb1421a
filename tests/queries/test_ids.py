"""Tests of ids: they increase strictly, and only well-formed ids are parsed."""

import os
import pickle
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import ids
from models.ids import NIL_UUID, new_id, new_ids, parse_id, public_id
from tests.support.hypothesis_settings import deterministic_settings


def test_ids_are_uuid_version_7_with_unix_milliseconds() -> None:
    before = time.time_ns() // 1_000_000
    new_ids = [new_id() for _ in range(1000)]
    after = time.time_ns() // 1_000_000
    assert {(id.version, id.variant) for id in new_ids} == {(7, uuid.RFC_4122)}
    assert all(before <= id.int >> 80 <= after + 1 for id in new_ids)


def test_ids_increase_within_one_thread() -> None:
    new_ids = [new_id() for _ in range(20_000)]
    assert new_ids == sorted(set(new_ids))


@pytest.fixture
def frequent_thread_switches() -> Iterator[None]:
    """Make the interpreter switch threads as often as possible."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-7)
    yield
    sys.setswitchinterval(interval)


def test_ids_of_concurrent_threads_are_unique_and_increasing(
    frequent_thread_switches: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time_ns()
    monkeypatch.setattr(ids, "_clock", ids._Clock())  # noqa: SLF001
    monkeypatch.setattr(ids, "time", SimpleNamespace(time_ns=lambda: now))  # a stalled clock
    ids_by_thread: list[list[uuid.UUID]] = [[] for _ in range(8)]
    start = threading.Barrier(len(ids_by_thread))

    def generate(thread_ids: list[uuid.UUID]) -> None:
        start.wait()
        thread_ids.extend(new_id() for _ in range(3000))

    threads = [threading.Thread(target=generate, args=(thread_ids,)) for thread_ids in ids_by_thread]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(thread_ids == sorted(thread_ids) for thread_ids in ids_by_thread)
    ticks = {id.int >> 64 for thread_ids in ids_by_thread for id in thread_ids}
    assert len(ticks) == 8 * 3000  # unique even without the random bits


@pytest.mark.parametrize("jump", [0, -1, -1_000_000, -(10**12)], ids=["stalled", "ns", "ms", "s"])
def test_ids_increase_if_clock_stalls_or_moves_backwards(monkeypatch: pytest.MonkeyPatch, jump: int) -> None:
    now = time.time_ns()
    clock = iter(range(now, now + jump * 10_000 - 1, jump) if jump else [now] * 10_000)
    monkeypatch.setattr(ids, "_clock", ids._Clock())  # noqa: SLF001
    monkeypatch.setattr(ids, "time", SimpleNamespace(time_ns=lambda: next(clock)))
    new_ids = [new_id() for _ in range(9000)]  # more than the twelve bits of one millisecond can distinguish
    assert new_ids == sorted(set(new_ids))
    assert {id.version for id in new_ids} == {7}


def test_largest_48_bit_timestamp_is_supported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids, "_clock", ids._Clock())  # noqa: SLF001
    monkeypatch.setattr(ids, "time", SimpleNamespace(time_ns=lambda: ((1 << 48) - 1) * 1_000_000 + 999_999))
    assert new_id().int >> 64 == ((1 << 48) - 1) << 16 | 0x7FFF


@deterministic_settings(100)
@given(id=st.uuids(), prefix=st.sampled_from(["task", "task_worker", "user"]))
def test_public_id_round_trips(id: uuid.UUID, prefix: str) -> None:
    assert parse_id(prefix, public_id(prefix, id)) == id


HEX = "0123456789abcdef0123456789abcdef"
INVALID_IDS = (
    *("", "_", "task", "task_", HEX, "x" * 10_000, "task_" * 2000, "task_" + "0" * 10_000),
    *(f"{prefix}{HEX}" for prefix in ("task", "_", "Task_", "TASK_", "task-", "user_", "tas_k", "task_task_")),
    *(f"{before}task_{HEX}" for before in (" ", "\0", "x", "\u0430")),
    *(f"task_{HEX}{after}" for after in ("0", " ", "\n", "\0", "_")),
    *(f"task_{digits}{HEX[len(digits) :]}" for digits in (" ", "_", "+", "-", "0x", "g", "\uff10", "\0", "A")),
    *(f"task_{HEX[: -len(digits)]}{digits}" for digits in (" ", "_", "\n", "\0", "F", "-", "g", "\u0663")),
    *(f"task_{letter * 32}" for letter in ("\uff10", "\u0663", "😀", "é", "-", "F")),
    *(f"task_{HEX.upper()}", f"task_{HEX[1:]}", f"task_{HEX[5:]}task_", f"task_{uuid.UUID(HEX)}"),
    *(f"task_{{{HEX[2:]}}}", f"task_urn:uuid:{HEX[9:]}", f"task_{HEX[:16]}-{HEX[17:]}"),
)  # fmt: skip


@pytest.mark.parametrize("text", INVALID_IDS, ids=lambda text: repr(text[:45]))
def test_invalid_id_is_parsed_as_nil_uuid(text: str) -> None:
    assert parse_id("task", text) == NIL_UUID


@deterministic_settings(300)
@given(text=st.text() | st.text("0123456789abcdefABCDEF_task-", max_size=40).map(lambda text: f"task_{text}"))
def test_arbitrary_text_is_parsed_as_id_or_nil_uuid(text: str) -> None:
    id = parse_id("task", text)
    assert id == NIL_UUID or public_id("task", id) == text


def test_ids_are_like_those_of_the_constructor() -> None:
    id = new_id()
    same = uuid.UUID(int=id.int)
    assert (id, hash(id), str(id), id.is_safe, pickle.dumps(id)) == (
        *(same, hash(same), str(same)),
        *(same.is_safe, pickle.dumps(same)),
    )


def test_new_id_is_never_nil_uuid() -> None:
    assert parse_id("task", public_id("task", NIL_UUID)) == NIL_UUID
    assert new_id() > NIL_UUID


def test_forked_process_has_random_numbers_of_its_own() -> None:
    def random_part() -> int:
        return new_id().int & (1 << 62) - 1

    random_part()  # fills the buffer
    reader, writer = os.pipe()
    if (child := os.fork()) == 0:
        os.write(writer, random_part().to_bytes(8))
        os._exit(0)
    os.waitpid(child, 0)
    assert int.from_bytes(os.read(reader, 8)) != random_part()
    os.close(reader)
    os.close(writer)


def test_threads_get_different_random_numbers() -> None:
    with ThreadPoolExecutor(8) as threads:
        batches = list(threads.map(new_ids, [500] * 20))
    assert len({id.int & (1 << 62) - 1 for batch in batches for id in batch}) == 10_000
