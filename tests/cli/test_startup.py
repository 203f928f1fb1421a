"""The banner and the sockets of `allotment serve`."""

import errno
import select
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from server.cli import startup
from server.cli.sockets import base_url, bind_sockets, ignore_new_connections
from server.config.settings import load_settings
from server.seed.demo_users import DEMO_USERS, PASSWORD, DemoUser
from tests.support.settings import PRODUCTION_SECRET_KEY

pytestmark = pytest.mark.slow

URL = "http://127.0.0.1:8000"


@pytest.fixture
def console_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(startup, "CONSOLE_DIST", tmp_path)
    (tmp_path / "index.html").touch()
    return tmp_path / "index.html"


def banner(capsys: pytest.CaptureFixture[str], *, demo: Mapping[str, DemoUser] | None = None, **values: Any) -> str:
    settings = load_settings(None, **{"environment": "development", "secret_key": PRODUCTION_SECRET_KEY} | values)
    startup.print_banner(settings, URL, demo or {})
    return capsys.readouterr().out


def test_banner_has_url_of_console(console_page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = banner(capsys)
    assert f"{URL}/graphql" in output
    assert "in a browser to use the console" in output
    assert PASSWORD not in output


def test_banner_tells_how_to_build_the_console(console_page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    console_page.unlink()
    assert "`make console` builds it" in banner(capsys)
    assert "console" not in banner(capsys, graphiql=False)


def test_banner_lists_demo_logins(console_page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = banner(capsys, demo=DEMO_USERS)
    assert all(word in output for word in (PASSWORD, *DEMO_USERS))


def test_no_banner_in_production(console_page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    production = {"environment": "production", "database_url": "postgresql://allotment@db/allotment"}
    assert banner(capsys, demo=DEMO_USERS, **production) == ""


@pytest.mark.parametrize(
    ("host", "expected"),
    [*((host, "localhost") for host in ("127.0.0.1", "0.0.0.0", "::1", "localhost")), ("::2", "[::2]")],  # noqa: S104
)
def test_base_url_is_reachable_by_a_browser(host: str, expected: str) -> None:
    (listener,) = bind_sockets("127.0.0.1", 0)
    with listener:
        assert base_url(host, listener) == f"http://{expected}:{listener.getsockname()[1]}"


def test_all_addresses_of_a_host_share_one_port() -> None:
    sockets = bind_sockets("localhost", 0)
    ports = {listener.getsockname()[1] for listener in sockets}
    for listener in sockets:
        listener.close()
    assert len(ports) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="needs a packet filter on sockets")
def test_ignored_connections_are_refused_when_the_port_is_closed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as early:
        assert ignore_new_connections(listener)
        with socket.socket() as late:
            late.setblocking(False)
            assert late.connect_ex(listener.getsockname()) == errno.EINPROGRESS
            accepted, _ = listener.accept()
            early.sendall(b"request")
            assert accepted.recv(7) == b"request"
            accepted.close()
            listener.close()
            late.setblocking(True)
            select.select([], [late], [])  # until the system has repeated its attempt
            assert late.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ECONNREFUSED
