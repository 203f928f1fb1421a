"""The freshness of a replica follows from samples of the primary's position."""

from dataclasses import replace

import pytest

from database.primary_history import MAX_SAMPLES, PrimaryHistory, PrimaryState, ReplicaAnswer

EPOCH = 7
FOLLOWER = ReplicaAnswer(is_in_recovery=True, epoch=EPOCH, lsn=0)


def history_of(*samples: tuple[float, int]) -> PrimaryHistory:
    """Return the history with these times and positions."""
    history = PrimaryHistory()
    for time, lsn in samples:
        history.record(time, PrimaryState(1, EPOCH, lsn))
    return history


@pytest.mark.parametrize(
    ("lsn", "fresh_as_of"), [(99, None), (100, 1.0), (149, 1.0), (150, 2.0), (199, 2.0), (200, 3.0), (900, 3.0)]
)
def test_replica_contains_the_newest_sample_that_it_has_replayed(lsn: int, fresh_as_of: float | None) -> None:
    history = history_of((1.0, 100), (2.0, 150), (3.0, 200))
    assert history.fresh_as_of(replace(FOLLOWER, lsn=lsn)) == fresh_as_of


def test_idle_primary_makes_no_replica_older() -> None:
    history = history_of((1.0, 100), (2.0, 100), (3.0, 100))
    assert history.fresh_as_of(replace(FOLLOWER, lsn=100)) == 3.0
    assert history.fresh_as_of(replace(FOLLOWER, lsn=99)) is None


def test_position_that_a_crash_has_lost_is_required_nevertheless() -> None:
    history = history_of((1.0, 100), (2.0, 200), (3.0, 150))
    assert history.fresh_as_of(replace(FOLLOWER, lsn=150)) == 1.0
    assert history.fresh_as_of(replace(FOLLOWER, lsn=200)) == 3.0


def test_nothing_is_known_before_the_first_sample() -> None:
    assert PrimaryHistory().fresh_as_of(FOLLOWER) is None


@pytest.mark.parametrize(
    "change",
    [
        {"epoch": None},
        {"epoch": EPOCH - 1},
        {"epoch": EPOCH + 1},
        {"is_in_recovery": False},
        {"timelines": (1, 2)},
        {"received_timeline": 2},
    ],
)
def test_replica_of_another_history_is_not_fresh(change: dict[str, object]) -> None:
    history, answer = history_of((1.0, 100)), replace(FOLLOWER, lsn=1000)
    assert history.fresh_as_of(answer) == 1.0
    assert history.fresh_as_of(replace(answer, **change)) is None  # type: ignore[arg-type]


def test_older_timelines_of_the_control_file_are_ignored() -> None:
    history = PrimaryHistory()
    history.record(1.0, PrimaryState(3, EPOCH, 100))
    assert history.fresh_as_of(replace(FOLLOWER, lsn=100, timelines=(1, 2), received_timeline=3)) == 1.0


def test_new_epoch_discards_earlier_samples() -> None:
    history = history_of((1.0, 100), (2.0, 200))
    history.record(3.0, PrimaryState(2, EPOCH + 1, 150))
    assert history.fresh_as_of(replace(FOLLOWER, lsn=1000)) is None
    follower = replace(FOLLOWER, epoch=EPOCH + 1, lsn=149)
    assert history.fresh_as_of(follower) is None
    assert history.fresh_as_of(replace(follower, lsn=150)) == 3.0


def test_number_of_samples_is_bounded() -> None:
    history = history_of(*((float(n), n) for n in range(2 * MAX_SAMPLES)))
    assert history.fresh_as_of(replace(FOLLOWER, lsn=MAX_SAMPLES - 1)) is None
    assert history.fresh_as_of(replace(FOLLOWER, lsn=MAX_SAMPLES)) == MAX_SAMPLES
