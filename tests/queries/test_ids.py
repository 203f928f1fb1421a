"""Identities: they only ever grow, and nothing but a well-formed one is read as one."""

import sys
import threading
import time
import uuid
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import ids
from models.ids import NOWHERE, new_id, parse_id, public_id
from tests.queries.sorting import thorough


def test_ids_are_version_7_of_the_rfc_and_begin_with_the_time() -> None:
    before = time.time_ns() // 1_000_000
    made = [new_id() for _ in range(1000)]
    after = time.time_ns() // 1_000_000
    assert {(id.version, id.variant) for id in made} == {(7, uuid.RFC_4122)}
    assert all(before <= id.int >> 80 <= after + 1 for id in made)


def test_ids_only_ever_grow_in_one_thread() -> None:
    made = [new_id() for _ in range(20_000)]
    assert made == sorted(set(made))


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Threads take turns as often as the interpreter can let them."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-7)
    yield
    sys.setswitchinterval(interval)


def test_ids_grow_in_every_thread_and_none_is_made_twice(hasty_threads: None, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time_ns()
    monkeypatch.setattr(ids, "_clock", ids._Clock())  # noqa: SLF001
    monkeypatch.setattr(ids, "time", SimpleNamespace(time_ns=lambda: now))  # so that all count on from the last id
    made: list[list[uuid.UUID]] = [[] for _ in range(8)]
    start = threading.Barrier(len(made))

    def make(own: list[uuid.UUID]) -> None:
        start.wait()
        own.extend(new_id() for _ in range(3000))

    threads = [threading.Thread(target=make, args=(own,)) for own in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(own == sorted(own) for own in made)
    ticks = {id.int >> 64 for own in made for id in own}
    assert len(ticks) == 8 * 3000  # unlike even without their random part


@pytest.mark.parametrize("jump", [0, -1, -1_000_000, -(10**12)], ids=["stands still", "ns", "ms", "back"])
def test_ids_grow_while_the_clock_stands_still_or_goes_back(monkeypatch: pytest.MonkeyPatch, jump: int) -> None:
    now = time.time_ns()
    clock = iter(range(now, now + jump * 10_000 - 1, jump) if jump else [now] * 10_000)
    monkeypatch.setattr(ids, "_clock", ids._Clock())  # noqa: SLF001
    monkeypatch.setattr(ids, "time", SimpleNamespace(time_ns=lambda: next(clock)))
    made = [new_id() for _ in range(9000)]  # more than one millisecond's twelve bits can tell apart
    assert made == sorted(set(made))
    assert {id.version for id in made} == {7}


def test_the_largest_time_that_fits_is_still_an_id(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids, "_clock", ids._Clock())  # noqa: SLF001
    monkeypatch.setattr(ids, "time", SimpleNamespace(time_ns=lambda: ((1 << 48) - 1) * 1_000_000 + 999_999))
    assert new_id().int >> 64 == ((1 << 48) - 1) << 16 | 0x7FFF


@thorough(100)
@given(id=st.uuids(), prefix=st.sampled_from(["task", "task_worker", "user"]))
def test_an_id_is_read_as_what_it_was_written_from(id: uuid.UUID, prefix: str) -> None:
    assert parse_id(prefix, public_id(prefix, id)) == id


HEX = "0123456789abcdef0123456789abcdef"
HOSTILE = (
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


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:45]))
def test_what_is_no_id_of_the_type_is_read_as_nowhere(text: str) -> None:
    assert parse_id("task", text) == NOWHERE


@thorough(300)
@given(text=st.text() | st.text("0123456789abcdefABCDEF_task-", max_size=40).map(lambda text: f"task_{text}"))
def test_any_text_is_read_as_an_id_or_as_nowhere(text: str) -> None:
    id = parse_id("task", text)
    assert id == NOWHERE or public_id("task", id) == text


def test_no_id_is_ever_made_that_reads_as_nowhere() -> None:
    assert parse_id("task", public_id("task", NOWHERE)) == NOWHERE
    assert new_id() > NOWHERE
