"""The size of long texts, measured before they are encoded."""

from collections import Counter
from collections.abc import Callable, Sequence
from operator import attrgetter
from sys import getsizeof
from typing import Any

from executor.declarations import AttributeField
from executor.object_codegen import Entry, InlineEntry


def build_text_meter(entries: Sequence[tuple[str, Entry]]) -> Callable[[Sequence[Any]], int] | None:
    """Return a function that returns the size of the parents' long texts in memory; None if there are none.

    A text counts once for each alias. Its size in memory is about that in UTF-8, so it need not be encoded."""
    declarations = [entry.declaration for _, entry in entries if isinstance(entry, InlineEntry)]
    counts = Counter(each.name for each in declarations if isinstance(each, AttributeField) and each.is_long_text)
    if not counts:
        return None
    readers = [(attrgetter(name), count) for name, count in counts.items()]

    def measure(parents: Sequence[Any]) -> int:
        return sum(count * sum(map(getsizeof, map(read, parents))) for read, count in readers)

    return measure
