"""What all loaders share: the request's reader, and one statement for all keys of a batch."""

from asyncio import Future, shield, sleep
from collections import ChainMap
from collections.abc import Awaitable, Iterable, Sequence
from operator import attrgetter
from typing import Any, Generic, TypeVar
from uuid import UUID

from aiodataloader import DataLoader
from sqlalchemy import Executable

from queries.lasting import Lasting
from queries.lists import Columns
from queries.reader import Reader

Value = TypeVar("Value")
_bytes = attrgetter("bytes")
Found = dict[bytes, Value]
"""Values by their keys' bytes: to hash a key itself takes longer than to make it."""


class Loader(DataLoader[UUID, Value], Generic[Value]):
    """Loads a value a key, from the rows of one statement for all keys."""

    _gathers_single_keys = False

    def __init__(self, reader: Reader, about: Any, columns: Columns = None) -> None:
        self.reader = reader
        self.about = about
        self.columns = columns
        self._batches: dict[bytes, Lasting[Found[Value]]] = {}
        self._gathering: tuple[list[UUID], Lasting[Found[Value]]] | None = None

    def load(self, key: UUID) -> "Future[Value]":
        """The value of a key. Whoever asks for the same key shares one future, and a field that fails cancels its
        siblings: the shield keeps them from cancelling it for the others."""
        if not self._gathers_single_keys:
            super().__init__()  # not before: most are asked for many keys at once, and never need it
            self._gathers_single_keys = True
        loaded = super().load(key)
        loaded.add_done_callback(_seen)
        return shield(loaded)

    async def load_all(self, keys: Sequence[UUID]) -> list[Value]:
        """The values of many keys, for whoever has them all together: one future for the batch instead of one a key.
        What siblings want joins the batch, and a key that is being loaded already is waited for."""
        marks = list(map(_bytes, keys))
        wanted = dict(zip(marks, keys, strict=True))
        batches = self._batches
        new = {mark: key for mark, key in wanted.items() if mark not in batches} if batches else wanted
        if new:
            batches.update(dict.fromkeys(new, self._joined(new.values())))
        found = [await batch.result() for batch in set(map(batches.__getitem__, wanted))]
        values = found[0] if len(found) == 1 else ChainMap(*found)
        return list(map(values.__getitem__, marks))

    def _joined(self, keys: Iterable[UUID]) -> Lasting[Found[Value]]:
        """The batch that these keys are loaded in: it begins when everybody who runs now has said what they want."""
        if self._gathering is None:
            self._gathering = [], Lasting(self._gathered())
        self._gathering[0].extend(keys)
        return self._gathering[1]

    async def _gathered(self) -> Found[Value]:
        await sleep(0)  # siblings that had to wait for something may want some, too
        assert self._gathering is not None  # noqa: S101
        (keys, _), self._gathering = self._gathering, None
        found = await self.fetch(keys)
        if len(found) < len(keys):
            found |= {key.bytes: self.missing() for key in keys if key.bytes not in found}
        return found

    async def batch_load_fn(self, keys: list[UUID]) -> list[Value]:
        return await self.load_all(keys)

    def rows(self, statement: Executable, **parameters: Any) -> Awaitable[Sequence[Any]]:
        """The rows of a scoped statement. A batch is a task of its own, which nobody cancels."""
        return self.reader.undisturbed(statement, **parameters)

    async def fetch(self, keys: list[UUID]) -> Found[Value]:
        """The values of those keys that have one."""
        raise NotImplementedError

    def missing(self) -> Any:
        """The value of a key that has none."""
        return None


def _seen(loaded: "Future[Any]") -> None:
    """Look at a failure, so that asyncio does not report it as missed where everybody has stopped waiting."""
    if not loaded.cancelled():
        loaded.exception()
