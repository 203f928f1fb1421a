"""What kinds of values there are among many, found by looking at their classes only."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from inspect import CO_ITERABLE_COROUTINE
from types import CoroutineType, GeneratorType, NoneType
from typing import Any

from graphql import Undefined
from graphql.pyutils import is_iterable

UNDEFINED = type(Undefined)
MOST = 2000
"""So many classes are remembered; programs that make classes without end must not fill the memory."""


class Unusual(Exception):
    """Something that the plan leaves to graphql-core."""


class Known:
    """Classes of which a question was answered with yes once, so that it need not be asked of each value again."""

    def __init__(self, holds: Callable[[type], bool]) -> None:
        self._holds = holds
        self.classes: set[type] = set()

    def all(self, values: Iterable[Any]) -> bool:
        """Whether it holds for the classes of all these values."""
        known = self.classes
        if known.issuperset(map(type, values)):
            return True
        new = set(map(type, values)) - known
        if not all(map(self._holds, new)):
            return False
        if len(known) + len(new) > MOST:
            known.clear()
        known |= new
        return True


def has_method(kind: type, name: str) -> bool:
    """Whether instances of the class have it; hasattr() would also find what the class itself can do."""
    return any(name in each.__dict__ for each in kind.__mro__)


def _is_plain(kind: type) -> bool:
    special = (BaseException, NoneType, UNDEFINED, GeneratorType)
    return not issubclass(kind, special) and not has_method(kind, "__await__")


def _is_lasting(kind: type) -> bool:
    return not any(has_method(kind, name) for name in ("__await__", "__next__", "__anext__"))


PLAIN = Known(_is_plain)
"""Neither null nor an exception nor to be awaited."""

LASTING = Known(_is_lasting)
"""Can be read again: not used up by awaiting it or iterating over it."""

UNCALLED = Known(lambda kind: _is_lasting(kind) and not has_method(kind, "__call__"))
"""What graphql-core's default resolver takes as it is."""

READY = Known(lambda kind: kind is not GeneratorType and not has_method(kind, "__await__"))
"""Not to be awaited. Generators may be, if they are old coroutines."""

SOUND = Known(lambda kind: not issubclass(kind, BaseException))

LISTS = Known(lambda kind: issubclass(kind, list | tuple) and not has_method(kind, "__aiter__"))


def is_mapping_class(kind: type) -> bool:
    """Whether the default resolver looks its fields up as keys."""
    return issubclass(kind, Mapping)


def is_awaitable(value: Any) -> bool:
    """As graphql-core's, but asked of the class, as `await` itself does."""
    kind = type(value)
    if kind is CoroutineType:
        return True
    if kind is GeneratorType:
        return bool(value.gi_code.co_flags & CO_ITERABLE_COROUTINE)
    return has_method(kind, "__await__")


def is_null(value: Any) -> bool:
    """As graphql-core has it."""
    return value is None or value is Undefined


def any_awaitable(values: Sequence[Any]) -> bool:
    """Whether one of them is to be awaited."""
    return not READY.all(values) and any(map(is_awaitable, values))


def is_async_iterable(value: Any) -> bool:
    """Whether it must be iterated over asynchronously."""
    return has_method(type(value), "__aiter__")


def check_iterable(value: Any) -> None:
    """Raise Unusual for what is no list."""
    if not is_iterable(value):
        raise Unusual
