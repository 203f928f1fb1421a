"""Garbage collector settings of a server process."""

import gc
from collections.abc import Iterator

import pytest

from server.gc_tuning import YOUNG_GENERATION_THRESHOLD, tune_garbage_collector


@pytest.fixture(autouse=True)
def _default_gc_settings() -> Iterator[None]:
    """Python's settings. The test session has tuned ones, which it gets back."""
    gc.unfreeze()
    gc.set_threshold(700, 10, 10)
    yield
    tune_garbage_collector()


def test_objects_at_startup_are_frozen() -> None:
    tune_garbage_collector()
    assert gc.get_freeze_count() > 10_000
    assert gc.get_threshold()[0] == YOUNG_GENERATION_THRESHOLD
