"""`allotment doctor` on a URL with several hosts."""

from urllib.parse import urlsplit

import pytest

from server.config.database_url import parse_database_url
from tests.harness.postgres_server import free_port
from tests.support.command_line import CommandRunner, command_runner

pytestmark = pytest.mark.only("postgresql")


def runner_with_hosts(database_url: str, *others: str) -> tuple[str, CommandRunner]:
    """Return the address of the test's server, and the command line on it and other hosts, which come first."""
    url = urlsplit(database_url)
    address = f"{url.hostname}:{url.port}"
    hosts = ",".join((*others, address))
    return address, command_runner(f"postgresql://{url.username}@{hosts}{url.path}")


def test_host_that_does_not_answer_is_a_warning(database_url: str) -> None:
    away = f"127.0.0.1:{free_port()}"
    address, allotment = runner_with_hosts(database_url, away)
    result = allotment("doctor")
    assert result.exit_code == 0, result.output
    assert f"✓ hosts: {address} accepts writes, and is connected to" in result.output
    assert f"! hosts: {away} cannot be used. " in result.output
    assert "→ start it, or remove it from DATABASE_URL" in result.output


def test_two_primaries_fail(database_url: str) -> None:
    same = f"localhost:{urlsplit(database_url).port}"
    address, allotment = runner_with_hosts(database_url, same)
    result = allotment("doctor")
    assert result.exit_code == 1
    assert f"✗ hosts: {same} and {address} accept writes" in result.output


def test_hosts_are_reported_if_none_can_be_connected_to() -> None:
    away = [f"127.0.0.1:{port}" for port in (free_port(), free_port())]
    result = command_runner(f"postgresql://ada@{','.join(away)}/db")("doctor")
    assert result.exit_code == 1
    assert [f"! hosts: {address} cannot be used. " in result.output for address in away] == [True, True]


def test_password_is_not_in_the_report() -> None:
    url = f"postgresql://ada:a-secret@127.0.0.1:{free_port()},127.0.0.1:{free_port()}/db"
    assert "a-secret" not in command_runner(url)("doctor").output
    assert "a-secret" not in str(parse_database_url(url))
