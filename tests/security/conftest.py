"""A server of the demo data in its own process, for tests over a real socket."""

from collections.abc import Iterator

import httpx
import pytest


@pytest.fixture
def socket_client(demo_server: str) -> Iterator[httpx.Client]:
    """A client of the running server."""
    with httpx.Client(base_url=demo_server, timeout=60) as client:
        yield client
