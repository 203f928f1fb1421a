"""Checks on many values at once, which look at the classes of the values only and cache the classes that passed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from inspect import CO_ITERABLE_COROUTINE
from types import CoroutineType, GeneratorType, NoneType
from typing import Any

from graphql import Undefined
from graphql.pyutils import is_iterable

from executor.types import Bailout

UNDEFINED_TYPE = type(Undefined)
MAX_CACHED_CLASSES = 2000
"""Limits the memory use if a program creates new classes again and again."""


class TypeSetCache:
    """A predicate on classes, with a cache of the classes that satisfy it."""

    def __init__(self, predicate: Callable[[type], bool]) -> None:
        self._predicate = predicate
        self.classes: set[type] = set()

    def all(self, values: Iterable[Any]) -> bool:
        """Return whether the classes of all values satisfy the predicate."""
        cached, classes = self.classes, set(map(type, values))
        if cached.issuperset(classes):
            return True
        new = classes - cached
        if not all(map(self._predicate, new)):
            return False
        if len(cached) + len(new) > MAX_CACHED_CLASSES:
            cached.clear()
        cached |= new
        return True


def has_method(class_: type, name: str) -> bool:
    """Return whether instances of the class have the method; hasattr() would also look at the metaclass."""
    return any(name in base.__dict__ for base in class_.__mro__)


def _is_plain(class_: type) -> bool:
    special = (BaseException, NoneType, UNDEFINED_TYPE, GeneratorType)
    return not issubclass(class_, special) and not has_method(class_, "__await__")


def _is_reusable(class_: type) -> bool:
    return not any(has_method(class_, name) for name in ("__await__", "__next__", "__anext__"))


PLAIN = TypeSetCache(_is_plain)
"""Neither null, nor an exception, nor awaitable."""

REUSABLE = TypeSetCache(_is_reusable)
"""Can be read again: not consumed by awaiting it or iterating over it."""

REUSABLE_NON_CALLABLES = TypeSetCache(lambda class_: _is_reusable(class_) and not has_method(class_, "__call__"))
"""Reusable, and returned unchanged by graphql-core's default resolver, which calls callables."""

NO_AWAITABLES = TypeSetCache(lambda class_: class_ is not GeneratorType and not has_method(class_, "__await__"))
"""Not awaitable. A generator may be awaitable, if it is an old-style coroutine."""

NO_EXCEPTIONS = TypeSetCache(lambda class_: not issubclass(class_, BaseException))

LISTS = TypeSetCache(lambda class_: issubclass(class_, list | tuple) and not has_method(class_, "__aiter__"))


def is_mapping_class(class_: type) -> bool:
    """Return whether the default resolver reads fields of such objects as keys."""
    return issubclass(class_, Mapping)


def is_awaitable(value: Any) -> bool:
    """Return what graphql-core's `is_awaitable` does, but look at the class, as `await` itself does."""
    class_ = type(value)
    if class_ is CoroutineType:
        return True
    if class_ is GeneratorType:
        return bool(value.gi_code.co_flags & CO_ITERABLE_COROUTINE)
    return has_method(class_, "__await__")


def is_null(value: Any) -> bool:
    """Return whether graphql-core treats the value as null."""
    return value is None or value is Undefined


def any_awaitable(values: Sequence[Any]) -> bool:
    """Return whether at least one of the values is awaitable."""
    return not NO_AWAITABLES.all(values) and any(map(is_awaitable, values))


def is_async_iterable(value: Any) -> bool:
    """Return whether the value must be iterated over asynchronously."""
    return has_method(type(value), "__aiter__")


def require_iterable(value: Any) -> None:
    """Raise Bailout if the value is not a list in the sense of graphql-core."""
    if not is_iterable(value):
        raise Bailout("The value of a list is not iterable.")
