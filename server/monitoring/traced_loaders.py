"""Loaders of requests that are traced."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from uuid import UUID

from dataloaders import Loaders
from dataloaders.base import ValuesByKey
from dataloaders.loaders import LoaderType
from queries.lists import Projection
from server.telemetry.operation_trace import current_position

Fetch = Callable[[list[UUID]], Awaitable[ValuesByKey[Any]]]


class TracedLoaders(Loaders):
    """Loaders that add their batches to the trace."""

    def get(self, loader_class: type[LoaderType], spec: Any, projection: Projection = None) -> LoaderType:
        loader = super().get(loader_class, spec, projection)
        if "fetch_values" not in vars(loader):
            fetch = partial(_fetch, describe_loader(loader_class, spec), loader.fetch_values)
            loader.fetch_values = fetch  # type: ignore[method-assign]
        return loader


async def _fetch(name: str, fetch_values: Fetch, keys: list[UUID]) -> ValuesByKey[Any]:
    position = current_position.get()
    if position is None:
        return await fetch_values(keys)
    with position.trace.load_batch(position, name, len(keys)):
        return await fetch_values(keys)


def describe_loader(loader_class: type[Any], spec: Any) -> str:
    """Return the name of a loader: its class, and the table that it reads."""
    first = spec[0] if isinstance(spec, tuple) and not hasattr(spec, "table") else spec
    table = first if isinstance(first, str) else getattr(first, "table", None)
    name = loader_class.__name__.removesuffix("Loader")
    return name if table is None else f"{name} {table}"
