"""Prompt release of the reference cycles that graphql-core creates."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collect_cycles() -> Iterator[None]:
    """Free the reference cycles that the block creates at its end.

    The tokens of a document reference each other, and validation rules reference themselves and the document. If a
    collection ran within the block, it would move them to an older generation, where they would stay for the next
    hundreds of documents. So there is none within the block, and one of the youngest generation at its end.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
        gc.collect(0)
