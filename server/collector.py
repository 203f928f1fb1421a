"""Python's garbage collector, told what kind of program this is."""

import gc

MOST_NEW = 20_000


def settle_collector() -> None:
    """What is there when the server starts stays until it ends, so the collector need not look at it again: the schema
    alone is some hundred thousand objects. And an answer is made of thousands of objects that go with it, so it should
    not look after every seven hundred, as it does by default."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(MOST_NEW, 20, 20)
