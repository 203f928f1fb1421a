"""The garbage collector of a serving process."""

import gc
from collections.abc import Iterator

import pytest

from server.collector import MOST_NEW, settle_collector


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    threshold = gc.get_threshold()
    yield
    gc.set_threshold(*threshold)
    gc.unfreeze()


def test_what_is_there_is_not_looked_at_again() -> None:
    settle_collector()
    assert gc.get_freeze_count() > 10_000
    assert gc.get_threshold()[0] == MOST_NEW
