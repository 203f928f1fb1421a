"""What a plan reads off the objects of a place: the attributes' names, or None where nobody can say.

A load that is told need not fetch what nobody reads. Fields say by themselves what they read; some hand on what their
parent was loaded with, as the nodes of a connection do, and then what is read off those counts for the parent."""

from collections.abc import Iterable

from executor.declarations import Batched, Column, Computed, Declaration

Reads = frozenset[str] | None
NOTHING: frozenset[str] = frozenset()


def reads_of(declared: Declaration | None, below: Reads) -> Reads:
    """What a field reads off its parent, where `below` is what is read off its own objects."""
    match declared:
        case Column(name=name, through=through):
            return below if through else frozenset([name])
        case Computed(reads=reads):
            return reads
        case Batched(reads=reads, through=through):
            return together([reads, below]) if through else reads
    return None


def together(parts: Iterable[Reads]) -> Reads:
    """What all of them read."""
    found: set[str] = set()
    for part in parts:
        if part is None:
            return None
        found |= part
    return frozenset(found)
