"""What all loaders share: the request's reader, and one statement for all keys of a batch."""

from asyncio import Future, ensure_future, shield, sleep
from collections.abc import Sequence
from typing import Any, Generic, TypeVar
from uuid import UUID

from aiodataloader import DataLoader

from queries.lists import Columns
from queries.reader import Reader

Value = TypeVar("Value")


class Loader(DataLoader[UUID, Value], Generic[Value]):
    """Loads a value a key, from the rows of one statement for all keys."""

    _gathers_single_keys = False

    def __init__(self, reader: Reader, about: Any, columns: Columns = None) -> None:
        self.reader = reader
        self.about = about
        self.columns = columns
        self._batches: dict[UUID, Future[dict[UUID, Value]]] = {}
        self._gathering: tuple[list[UUID], Future[dict[UUID, Value]]] | None = None

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
        wanted = list(dict.fromkeys(keys))
        batches = self._batches
        new = [key for key in wanted if key not in batches] if batches else wanted
        if new:
            batches.update(dict.fromkeys(new, self._joined(new)))
        values: dict[UUID, Value] = {}
        for batch in {id(each): each for each in map(batches.__getitem__, wanted)}.values():
            values |= await shield(batch)
        missing = self.missing
        return [values[key] if key in values else missing() for key in keys]

    def _joined(self, keys: list[UUID]) -> "Future[dict[UUID, Value]]":
        """The batch that these keys are loaded in: it begins when everybody who runs now has said what they want."""
        if self._gathering is None:
            batch: Future[dict[UUID, Value]] = ensure_future(self._gathered())
            batch.add_done_callback(_seen)
            self._gathering = [], batch
        self._gathering[0].extend(keys)
        return self._gathering[1]

    async def _gathered(self) -> dict[UUID, Value]:
        await sleep(0)  # siblings that had to wait for something may want some, too
        assert self._gathering is not None  # noqa: S101
        (keys, _), self._gathering = self._gathering, None
        return await self.fetch(keys)

    async def batch_load_fn(self, keys: list[UUID]) -> list[Value]:
        return await self.load_all(keys)

    async def fetch(self, keys: list[UUID]) -> dict[UUID, Value]:
        """The values of those keys that have one."""
        raise NotImplementedError

    def missing(self) -> Any:
        """The value of a key that has none."""
        return None


def _seen(loaded: "Future[Any]") -> None:
    """Look at a failure, so that asyncio does not report it as missed where everybody has stopped waiting."""
    if not loaded.cancelled():
        loaded.exception()
