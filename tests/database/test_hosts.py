"""Connecting to one of several hosts, with a driver that the tests control."""

import asyncio
from time import monotonic
from typing import Any

import asyncpg
import pytest

from database.engine import EngineOptions
from database.hosts import Host, HostConnector
from database.postgresql import PostgresDatabase
from server.config.database_url import parse_database_url

FIRST, SECOND, THIRD = ("a", 5432), ("b", 5432), ("c", 5433)
DELAY = 0.01
STANDBY = asyncpg.TargetServerAttributeNotMatched("a standby")


class FakeConnection:
    """A connection to a host."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.is_terminated = False

    def terminate(self) -> None:
        self.is_terminated = True


class FakeHosts:
    """Hosts that accept connections, unless they are to fail or not to answer."""

    def __init__(self) -> None:
        self.errors: dict[Host, BaseException] = {}
        self.silent: dict[Host, asyncio.Event] = {}
        """Hosts that do not answer before their event is set."""
        self.attempts: list[Host] = []
        self.connections: list[FakeConnection] = []
        self.connector = HostConnector(self._connect, DELAY)

    async def _connect(self, *, host: str, port: int, user: str) -> FakeConnection:
        assert user == "ada"
        self.attempts.append((host, port))
        if (host, port) in self.silent:
            await self.silent[host, port].wait()
        if (host, port) in self.errors:
            raise self.errors[host, port]
        self.connections.append(FakeConnection((host, port)))
        return self.connections[-1]

    async def connect(self, *hosts: Host) -> tuple[Host, list[Host]]:
        """Connect to one of the hosts. Return it, and the hosts that were tried."""
        self.attempts.clear()
        names, ports = zip(*(hosts or (FIRST, SECOND, THIRD)), strict=True)
        async with asyncio.timeout(10):
            connection: Any = await self.connector(host=list(names), port=list(ports), user="ada")
        return connection.host, list(self.attempts)


@pytest.fixture
def hosts() -> FakeHosts:
    return FakeHosts()


async def test_first_host_is_connected(hosts: FakeHosts) -> None:
    assert await hosts.connect() == (FIRST, [FIRST])


@pytest.mark.parametrize("error", [ConnectionRefusedError(), TimeoutError(), STANDBY, asyncpg.CannotConnectNowError()])
async def test_host_that_fails_is_skipped_and_the_suitable_one_is_tried_first_afterwards(
    hosts: FakeHosts, error: Exception
) -> None:
    hosts.errors[FIRST] = error
    assert await hosts.connect() == (SECOND, [FIRST, SECOND])
    assert await hosts.connect() == (SECOND, [SECOND])
    del hosts.errors[FIRST]
    hosts.errors[SECOND] = STANDBY
    assert await hosts.connect() == (FIRST, [SECOND, FIRST])


async def test_host_that_does_not_answer_delays_only_one_connection(hosts: FakeHosts) -> None:
    hosts.silent[FIRST] = asyncio.Event()
    assert await hosts.connect() == (SECOND, [FIRST, SECOND])
    assert await hosts.connect() == (SECOND, [SECOND])


async def test_change_of_the_host_is_reported_once(hosts: FakeHosts) -> None:
    changes: list[Host | None] = []
    hosts.connector.on_change = lambda: changes.append(hosts.connector.last)
    await hosts.connect()
    hosts.errors[FIRST] = STANDBY
    await hosts.connect()
    await hosts.connect()
    assert changes == [SECOND]


@pytest.mark.parametrize(("attributes", "is_cut_off"), [("read-write", True), ("primary", True), ("any", False)])
async def test_connections_are_cut_off_only_if_the_primary_changes(attributes: str, is_cut_off: bool) -> None:  # noqa: FBT001
    url = parse_database_url(f"postgres://a,b/db?target_session_attrs={attributes}")
    PostgresDatabase(EngineOptions(url.url, url.connect_args))
    assert (url.connect_args["async_creator_fn"].on_change is not None) is is_cut_off


async def test_primary_that_answers_late_is_connected(hosts: FakeHosts) -> None:
    hosts.silent[FIRST], hosts.errors[SECOND] = asyncio.Event(), STANDBY
    connecting = asyncio.create_task(hosts.connect(FIRST, SECOND))
    while hosts.attempts.count(SECOND) < 2:  # noqa: ASYNC110 -- nothing signals the attempts
        await asyncio.sleep(DELAY)
    hosts.silent[FIRST].set()
    assert (await connecting)[0] == FIRST


async def test_standby_is_asked_again_while_the_old_primary_does_not_answer(hosts: FakeHosts) -> None:
    hosts.silent[FIRST], hosts.errors[SECOND] = asyncio.Event(), STANDBY
    connecting = asyncio.create_task(hosts.connect(FIRST, SECOND))
    while hosts.attempts.count(SECOND) < 2:  # noqa: ASYNC110 -- nothing signals the attempts
        await asyncio.sleep(DELAY)
    del hosts.errors[SECOND]
    assert (await connecting)[0] == SECOND
    assert hosts.attempts.count(FIRST) == 1


@pytest.mark.parametrize("error", [STANDBY, ConnectionRefusedError()])
async def test_host_that_fails_at_once_is_asked_again_only_after_the_delay(hosts: FakeHosts, error: Exception) -> None:
    hosts.silent[FIRST], hosts.errors[SECOND] = asyncio.Event(), error
    began_at = monotonic()
    connecting = asyncio.create_task(hosts.connect(FIRST, SECOND))
    while hosts.attempts.count(SECOND) < 3:  # noqa: ASYNC110 -- nothing signals the attempts
        await asyncio.sleep(DELAY)
    passes = 1 + (monotonic() - began_at) / DELAY
    assert hosts.attempts.count(SECOND) <= passes
    hosts.silent[FIRST].set()
    assert (await connecting)[0] == FIRST
    assert hosts.attempts.count(FIRST) == 1


async def test_connection_that_is_opened_at_the_same_time_is_closed(hosts: FakeHosts) -> None:
    gate = hosts.silent[FIRST] = hosts.silent[SECOND] = asyncio.Event()
    connecting = asyncio.create_task(hosts.connect(FIRST, SECOND))
    while len(hosts.attempts) < 2:  # noqa: ASYNC110 -- nothing signals the attempts
        await asyncio.sleep(DELAY)
    gate.set()
    used, _ = await connecting
    await asyncio.sleep(0)
    assert [connection.is_terminated for connection in hosts.connections if connection.host != used] == [True]
    assert [connection.is_terminated for connection in hosts.connections if connection.host == used] == [False]


async def test_error_of_the_first_host_is_raised_if_all_are_away(hosts: FakeHosts) -> None:
    hosts.errors |= {FIRST: ConnectionRefusedError("first"), SECOND: STANDBY, THIRD: TimeoutError()}
    with pytest.raises(ConnectionRefusedError, match="first"):
        await hosts.connect()


async def test_error_of_a_standby_is_raised_only_if_there_is_no_other(hosts: FakeHosts) -> None:
    hosts.errors |= {FIRST: STANDBY, SECOND: asyncpg.InvalidPasswordError(), THIRD: ConnectionRefusedError()}
    with pytest.raises(asyncpg.InvalidPasswordError):
        await hosts.connect()
    with pytest.raises(asyncpg.TargetServerAttributeNotMatched):
        await hosts.connect(FIRST, FIRST)


async def test_cancelled_search_cancels_its_attempts(hosts: FakeHosts) -> None:
    hosts.silent = {FIRST: asyncio.Event(), SECOND: asyncio.Event()}
    tasks = asyncio.all_tasks()
    connecting = asyncio.create_task(hosts.connect(FIRST, SECOND))
    while len(hosts.attempts) < 2:  # noqa: ASYNC110 -- nothing signals the attempts
        await asyncio.sleep(DELAY)
    connecting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await connecting
    await asyncio.sleep(DELAY)
    assert asyncio.all_tasks() <= tasks
