"""When a replica serves requests, and what is logged about it."""

import logging
from dataclasses import replace

import pytest
from sqlalchemy import make_url

from database.callers import Callers
from database.engine import EngineOptions
from database.outage import DatabaseUnavailable
from database.primary_history import PrimaryHistory, PrimaryState, ReplicaAnswer
from database.replica import LEAVE_OUT_SECONDS, MAX_LAG_SECONDS, Replica, ReplicaDatabase, ReplicaState

ANSWER = ReplicaAnswer(is_in_recovery=True, epoch=7, lsn=100)


class Clock:
    """A clock that tests set."""

    time = 0.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def replica(clock: Clock) -> Replica:
    options = EngineOptions(make_url("postgresql+asyncpg://nowhere.test/db"))
    return Replica("nowhere.test:5432/db", ReplicaDatabase(options, Callers()), clock)


@pytest.fixture
def history() -> PrimaryHistory:
    samples = PrimaryHistory()
    samples.record(0.0, PrimaryState(1, 7, 100))
    return samples


def test_replica_serves_until_its_state_is_too_old(replica: Replica, history: PrimaryHistory, clock: Clock) -> None:
    assert not replica.is_fresh
    replica.note_answer(0.0, ANSWER, history)
    clock.time = MAX_LAG_SECONDS
    assert (replica.is_fresh, replica.status().state) == (True, ReplicaState.SERVING)
    clock.time += 0.001
    assert (replica.is_fresh, replica.status().state) == (False, ReplicaState.LAGGING)


def test_replica_that_a_request_could_not_use_is_left_out_for_a_while(
    replica: Replica, history: PrimaryHistory, clock: Clock
) -> None:
    replica.note_answer(0.0, ANSWER, history)
    replica.note_error(DatabaseUnavailable("refused"))
    assert (replica.is_fresh, replica.status().state) == (False, ReplicaState.UNREACHABLE)
    replica.note_answer(LEAVE_OUT_SECONDS - 0.1, ANSWER, history)
    assert not replica.is_fresh
    clock.time = LEAVE_OUT_SECONDS
    history.record(LEAVE_OUT_SECONDS, PrimaryState(1, 7, 100))
    replica.note_answer(LEAVE_OUT_SECONDS, ANSWER, history)
    assert replica.is_fresh


def test_error_of_a_statement_does_not_leave_the_replica_out(replica: Replica, history: PrimaryHistory) -> None:
    replica.note_answer(0.0, ANSWER, history)
    replica.note_error(ValueError("of the statement"))
    assert replica.is_fresh


def test_changes_of_the_state_are_logged_once(
    replica: Replica, history: PrimaryHistory, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "allotment.replicas")
    for answer in (ANSWER, ANSWER, replace(ANSWER, epoch=6), replace(ANSWER, epoch=6), replace(ANSWER, lsn=1)):
        replica.note_answer(0.0, answer, history)
    for _ in range(3):
        replica.note_failure(OSError("refused"))
    assert [record.message.removeprefix("Replica nowhere.test:5432/db is ") for record in caplog.records] == [
        "serving",
        "otherTimeline: it does not replay the history of the primary",
        "lagging",
        "unreachable: OSError: refused",
    ]
