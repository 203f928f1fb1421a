"""Garbage collector settings for a server process."""

import gc

YOUNG_GENERATION_THRESHOLD = 20_000


def tune_garbage_collector() -> None:
    """Exclude the objects that exist at startup from collection, and collect less often.

    The schema alone is some hundred thousand objects that live until the process ends, so scanning them is wasted.
    A response consists of thousands of objects that reference counting frees. With Python's default threshold of 700
    allocations, many collections per request would free nothing.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_GENERATION_THRESHOLD, 20, 20)
