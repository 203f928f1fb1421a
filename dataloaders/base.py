"""The base class of all loaders: it loads all keys of a batch with one statement."""

from asyncio import Future, shield, sleep
from collections import ChainMap
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from operator import attrgetter, itemgetter
from typing import Any, Generic, TypeVar
from uuid import UUID

from aiodataloader import DataLoader
from sqlalchemy import Executable

from database.authentication import MissingScope
from database.reader import Reader
from database.shielded_task import ShieldedTask
from queries.lists import Projection
from queries.table_domains import find_missing_scope

Value = TypeVar("Value")
_get_bytes = attrgetter("bytes")
ValuesByKey = dict[bytes, Value]
"""Values by the bytes of their keys: hashing a UUID takes longer than creating one."""


class Loader(DataLoader[UUID, Value], Generic[Value]):
    """A loader of one value per key, from the rows of one statement for all keys of a batch."""

    MAX_CACHED_ROWS = 500
    """A loader with more rows discards them when a part of a large operation is complete."""
    _is_dataloader_initialized = False

    def __init__(self, reader: Reader, spec: Any, projection: Projection = None) -> None:
        self.reader = reader
        self.spec = spec
        self.projection = projection
        self.row_count = 0
        """The number of rows in the values, if a value has more than one."""
        self._loaded: ValuesByKey[Value] = {}
        """The values that were loaded by the tasks that needed them."""
        self._batches: dict[bytes, ShieldedTask[ValuesByKey[Value]]] = {}
        """The batches of the other keys."""
        self._pending_batch: tuple[list[UUID], ShieldedTask[ValuesByKey[Value]]] | None = None

    def load(self, key: UUID) -> "Future[Value]":
        """Load the value of one key.

        Callers with the same key share a future. A failing field cancels its siblings, so the future is shielded:
        otherwise one of them could cancel it for the others.
        """
        if not self._is_dataloader_initialized:
            super().__init__()  # deferred, because loaders that are only used through load_batch do not need it
            self._is_dataloader_initialized = True
        future = super().load(key)
        future.add_done_callback(_retrieve_exception)
        return shield(future)

    def trim(self) -> None:
        """Discard the values if there are many. A field that needs one of them again loads it again."""
        if max(self.row_count, len(self._loaded) + len(self._batches)) > self.MAX_CACHED_ROWS:
            self._loaded = {}
            self._batches.clear()
            self.row_count = 0

    async def load_batch(self, keys: Sequence[UUID]) -> list[Value]:
        """Load the values of many keys with one future for the batch instead of one per key.

        Keys of concurrent calls join the same batch. Keys that are already being loaded are awaited, not loaded again.
        While the executor calls this in the request's own task, no other field waits, so that task loads the batch.
        """
        key_bytes = list(map(_get_bytes, keys))
        requested = dict(zip(key_bytes, keys, strict=True))
        loaded, batches = self._loaded, self._batches
        if not loaded and not batches and self.reader.needs_no_shield:
            values = self._loaded = await self._load(list(requested.values()))
            return _values_of(key_bytes, values)
        new_keys = requested
        if loaded or batches:
            new_keys = {raw: key for raw, key in requested.items() if raw not in loaded and raw not in batches}
        if new_keys:
            batches.update(dict.fromkeys(new_keys, self._join_batch(new_keys.values())))
        results = [await batch.result() for batch in set(map(batches.get, requested)) if batch is not None]
        found = [loaded, *results] if loaded else results
        return _values_of(key_bytes, found[0] if len(found) == 1 else ChainMap(*found))

    def _join_batch(self, keys: Iterable[UUID]) -> ShieldedTask[ValuesByKey[Value]]:
        """Add the keys to the pending batch, which is started in the next iteration of the event loop."""
        if self._pending_batch is None:
            self._pending_batch = [], ShieldedTask(self._run_batch())
        self._pending_batch[0].extend(keys)
        return self._pending_batch[1]

    async def _run_batch(self) -> ValuesByKey[Value]:
        await sleep(0)  # fields that resume in the same iteration of the event loop can still add keys
        assert self._pending_batch is not None  # noqa: S101
        (keys, _), self._pending_batch = self._pending_batch, None
        return await self._load(keys)

    async def _load(self, keys: list[UUID]) -> ValuesByKey[Value]:
        if self.reader.credentials.key_hash is not None:
            await self.check_scopes()
        values = await self.fetch_values(keys)
        if len(values) < len(keys):
            values |= {key.bytes: self.default_value() for key in keys if key.bytes not in values}
        return values

    async def check_scopes(self) -> None:
        """Raise MissingScope if the scopes of the API key do not include the rows, or those that they are selected or
        sorted by."""
        missing = find_missing_scope((await self.reader.principal()).scopes, self.spec)
        if missing is not None:
            raise MissingScope(missing)

    async def batch_load_fn(self, keys: list[UUID]) -> list[Value]:
        return await self.load_batch(keys)

    def fetch_rows(self, statement: Executable, **parameters: Any) -> Awaitable[Sequence[Any]]:
        """Run a scoped statement. The read needs no shield of its own: the batch is a shielded task, or runs in that of
        the request."""
        return self.reader.rows_unshielded(statement, **parameters)

    async def fetch_values(self, keys: list[UUID]) -> ValuesByKey[Value]:
        """Return the values of the keys; keys without a value may be missing."""
        raise NotImplementedError

    def default_value(self) -> Any:
        """Return the value of a key that `fetch_values` omitted."""
        return None


def _values_of(keys: list[bytes], values: Mapping[bytes, Value]) -> list[Value]:
    """Return the values of the keys. For many keys, this is the fastest way."""
    return list(itemgetter(*keys)(values) if len(keys) > 1 else map(values.__getitem__, keys))


def _retrieve_exception(future: "Future[Any]") -> None:
    """Mark the exception as retrieved, so that asyncio does not log it when no caller awaits the future any more."""
    if not future.cancelled():
        future.exception()
