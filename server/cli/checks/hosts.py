"""Checks of a URL with several hosts: which one the server connects to, and whether the others could replace it."""

import asyncio

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from database.hosts import Host, HostConnector
from server.cli.checks.result import CheckResult, failed, ok, warning
from server.cli.errors import describe_error
from server.config.database_url import DatabaseUrl

HOST_TIMEOUT = 5.0
PRIMARY, STANDBY = "accepts writes", "answers, but accepts no writes"
_OF_SEVERAL_HOSTS = ("async_creator_fn", "target_session_attrs")
"""Arguments that a connection to one host does not have."""
_ACCEPTS_WRITES = text("SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off'")


async def check_hosts(url: DatabaseUrl) -> list[CheckResult]:
    """Connect to each host of the URL. Returns no results if it names only one."""
    connector = url.connect_args.get("async_creator_fn")
    if not isinstance(connector, HostConnector):
        return []
    hosts = list_hosts(url)
    answers = await asyncio.gather(*(_find_role(url, host) for host in hosts))
    results = [
        _describe(host, answer, is_used=host == connector.last) for host, answer in zip(hosts, answers, strict=True)
    ]
    if answers.count(PRIMARY) > 1:
        names = " and ".join(_name(host) for host, answer in zip(hosts, answers, strict=True) if answer == PRIMARY)
        results.append(failed(f"hosts: {names} accept writes", "stop the old primary, or make it a standby"))
    return results


def list_hosts(url: DatabaseUrl) -> list[Host]:
    """Return the hosts of a URL that names several."""
    names, ports = (str(url.url.query[key]).split(",") for key in ("host", "port"))
    return [(name, int(port)) for name, port in zip(names, ports, strict=True)]


async def _find_role(url: DatabaseUrl, host: Host) -> str:
    """Return PRIMARY or STANDBY, or why the host cannot be used."""
    arguments = {name: value for name, value in url.connect_args.items() if name not in _OF_SEVERAL_HOSTS}
    engine = create_async_engine(
        url.url.set(query={"host": host[0], "port": str(host[1])}), connect_args=arguments, poolclass=NullPool
    )
    try:
        async with asyncio.timeout(HOST_TIMEOUT), engine.connect() as connection:
            return PRIMARY if await connection.scalar(_ACCEPTS_WRITES) else STANDBY
    except Exception as error:
        if not (reasons := describe_error(error)):
            raise
        return "; ".join(reasons)


def _describe(host: Host, answer: str, *, is_used: bool) -> CheckResult:
    if answer not in (PRIMARY, STANDBY):
        return warning(f"hosts: {_name(host)} cannot be used. {answer}", "start it, or remove it from DATABASE_URL")
    return ok(f"hosts: {_name(host)} {answer}{', and is connected to' if is_used else ''}")


def _name(host: Host) -> str:
    name, port = host
    return f"[{name}]:{port}" if ":" in name else f"{name}:{port}"
