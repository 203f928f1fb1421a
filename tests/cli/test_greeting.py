"""What `allotment serve` says to developers."""

from pathlib import Path
from typing import Any

import pytest

from server.cli import greeting
from server.cli.listening import listen, url_of
from server.seed.demo import MEMBERS, PASSWORD
from server.settings import load_settings

URL = "http://127.0.0.1:8000"
SAFE_SECRET = "0q9w8e7rtyuio3pas5dfghj2klzxcvbnm"


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(greeting, "CONSOLE", tmp_path)
    (tmp_path / "index.html").touch()
    return tmp_path / "index.html"


def greeted(capsys: pytest.CaptureFixture[str], *, demo: bool = False, **values: Any) -> str:
    settings = load_settings(None, **{"environment": "development", "secret_key": SAFE_SECRET} | values)
    greeting.greet(settings, URL, demo_is_loaded=demo)
    return capsys.readouterr().out


def test_where_graphiql_is(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = greeted(capsys)
    assert f"{URL}/graphql" in said
    assert "GraphiQL is there" in said
    assert PASSWORD not in said


def test_how_to_build_it(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    built.unlink()
    assert "`make console` builds it" in greeted(capsys)
    assert "console" not in greeted(capsys, graphiql=False)


def test_whom_to_sign_in_as(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = greeted(capsys, demo=True)
    assert all(word in said for word in (PASSWORD, *MEMBERS))


def test_nothing_in_production(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    production = {"environment": "production", "database_url": "postgresql://allotment@db/allotment"}
    assert greeted(capsys, demo=True, **production) == ""


@pytest.mark.parametrize(("host", "shown"), [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::1", "[::1]")])  # noqa: S104
def test_a_server_is_shown_where_a_browser_finds_it(host: str, shown: str) -> None:
    (made,) = listen("127.0.0.1", 0)
    with made:
        assert url_of(host, made) == f"http://{shown}:{made.getsockname()[1]}"


def test_every_address_of_a_host_has_the_same_port() -> None:
    sockets = listen("localhost", 0)
    ports = {made.getsockname()[1] for made in sockets}
    for made in sockets:
        made.close()
    assert len(ports) == 1
