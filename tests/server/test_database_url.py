"""DATABASE_URL as hosting services hand it out."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from server.checkout import CHECKOUT
from server.database_url import ConnectionDefaults, DatabaseUrlError, translate

PASSWORD = "hunter2"


@pytest.fixture(autouse=True)
def no_root_certificate(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("PGSSLROOTCERT", raising=False)


def arguments(url: str) -> dict[str, Any]:
    """What asyncpg.connect is called with in the end."""
    database = translate(url)
    engine = create_async_engine(database.url)
    _, made = engine.dialect.create_connect_args(database.url)
    return {**made, **database.connect_args}


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_schemes_of_postgresql(scheme: str) -> None:
    database = translate(f" {scheme}://u:p@h:6543/db\n")
    assert database.dialect == "postgresql"
    assert database.url.render_as_string(hide_password=False) == "postgresql+asyncpg://u:p@h:6543/db"


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite://", ":memory:"), ("sqlite:///:memory:", ":memory:"), ("sqlite+aiosqlite://", ":memory:"),
        ("sqlite:////var/lib/a.db", "/var/lib/a.db"), ("sqlite+aiosqlite:////var/lib/a%20b.db", "/var/lib/a b.db"),
        ("sqlite:///data/a.db", str(CHECKOUT / "data/a.db")),
    ],
)  # fmt: skip
def test_sqlite(url: str, path: str) -> None:
    database = translate(url)
    assert (database.dialect, database.url.drivername, database.url.database) == ("sqlite", "sqlite+aiosqlite", path)
    assert database.in_memory == (path == ":memory:")
    assert database.connect_args == {}


@pytest.mark.parametrize("url", ["sqlite://a.db", "sqlite:a.db", "sqlite:///a.db?mode=ro", "sqlite3:///a.db"])
def test_unreadable_sqlite(url: str) -> None:
    with pytest.raises(DatabaseUrlError, match="three slashes"):
        translate(url)


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("postgres://u:p@h/db", "h", 5432),
        ("postgres://u:p@[::1]:6000/db", "::1", 6000),
        ("postgres://[fe80::1%25eth0]/db", "fe80::1%eth0", 5432),
        ("postgres://a:1,b,[::1]:3/db", ["a", "b", "::1"], [1, 5432, 3]),
        ("postgres:///db?host=a,b&port=7", ["a", "b"], [7, 7]),
        ("postgres:///db?host=a,b&port=7,8", ["a", "b"], [7, 8]),
        ("postgresql+asyncpg:///db?host=a:7&host=b:8", ["a", "b"], [7, 8]),
        ("postgres:///db?host=::1", "::1", 5432),
        ("postgres:///db?port=7", "localhost", 7),
        ("postgres:///db?host=/run/postgresql", "/run/postgresql", 5432),
        ("postgres://u:p@localhost/db?host=/cloudsql/p:eu:i&port=7", "/cloudsql/p:eu:i", 7),
        ("postgres://u:p@%2Frun%2Fpg%3Ax:6/db", "/run/pg:x", 6),
    ],
)
def test_hosts(url: str, host: str | list[str], port: int | list[int]) -> None:
    made = arguments(url)
    assert (made["host"], made["port"], made["database"]) == (host, port, "db")


def test_no_host_leaves_it_to_the_driver() -> None:
    assert arguments("postgresql:///db").keys() & {"host", "port"} == set()


@pytest.mark.parametrize(
    ("written", "password"),
    [
        ("p%40%2F%3F%23%3A%25w", "p@/?#:%w"),
        ("p:w", "p:w"),
        ("a+b#c", "a+b#c"),
        ("100%", "100%"),
        ("p%C3%A4", "pä"),
        ("", None),
    ],
)
def test_passwords(written: str, password: str | None) -> None:
    assert arguments(f"postgres://us%40er:{written}@h/d%62").get("password") == password
    assert arguments(f"postgres://us%40er:{written}@h/d%62")["user"] == "us@er"
    assert arguments(f"postgres://h/db?user=x&password={written.replace('#', '')}").get("user") == "x"


def test_parameters_win_over_what_stands_before_them() -> None:
    made = arguments("postgres://u:p@h/db?user=v&password=q&dbname=e")
    assert (made["user"], made["password"], made["database"]) == ("v", "q", "e")


@pytest.mark.parametrize("url", [f"postgres://u:{PASSWORD}@h/db", f"postgres://u@a,b/db?password={PASSWORD}"])
def test_passwords_are_not_shown(url: str) -> None:
    database = translate(url + ("&" if "?" in url else "?") + f"sslcert={__file__}&sslpassword={PASSWORD}")
    assert database.url.password == PASSWORD
    assert PASSWORD not in str(database) + repr(database) + f"{database}"
    assert "***" in str(database)


@pytest.mark.parametrize(
    "url",
    [
        "", PASSWORD, "://", f"mysql://u:{PASSWORD}@h/db", f"{PASSWORD}://h", f"postgresql+psycopg2://u:{PASSWORD}@h/db",
        f"postgres://u:{PASSWORD}@x@h/db", f"postgres://u:{PASSWORD}/x@h/db", f"postgres://u:5{PASSWORD}?x=1@h/db",
        f"postgres://u:12/{PASSWORD}@h/db", f"postgres://{PASSWORD}:{PASSWORD}/db", f"postgres://u:p@h:{PASSWORD}/db",
        f"postgres://u:p@h:{'9' * 5000}/db", "postgres://u:p@h:0/db", "postgres://u:p@h:٣/db", "postgres://u:p@a,,b/db",
        f"postgres://u:p@h/db?{PASSWORD}", f"postgres://u:p@h/db?sslmode={PASSWORD}", "postgres://u:p@[::1/db",
        f"postgres://u:%ff{PASSWORD}@h/db", f"postgres://u:%00{PASSWORD}@h/db", f"postgres://u:{PASSWORD}\n@h/db",
        f"postgres://u:{PASSWORD}@h/db?application_name=a&application_name=b", "postgres:///db?host=a,b&port=1,2,3",
        f"postgres://h/db?channel_binding={PASSWORD}", f"postgres://h/db?connect_timeout={PASSWORD}",
        "postgres://h/db?connect_timeout=0", "postgres://h/db?connect_timeout=-1", "postgres://h/db?gssencmode=require",
        f"postgres://h/db?target_session_attrs={PASSWORD}", f"postgres://h/db?pgbouncer={PASSWORD}",
        f"postgres://h/db?sslmode=require&sslrootcert=/{PASSWORD}", f"postgres://h/db?sslcert=/{PASSWORD}",
    ],
)  # fmt: skip
def test_unusable_urls_are_refused_without_repeating_them(url: str) -> None:
    with pytest.raises(DatabaseUrlError) as caught:
        translate(url)
    assert PASSWORD not in str(caught.value) + repr(caught.value)
    assert caught.value.__cause__ is None


def test_unknown_parameters_are_named() -> None:
    with pytest.raises(DatabaseUrlError, match=r"unknown parameters \(connectionLimit, schema\); remove them, or use"):
        translate("postgres://h/db?schema=public&connectionLimit=5")


def test_server_settings() -> None:
    made = arguments("postgres://h/db?application_name=a+b%20c&options=-c%20search_path%3Dx")
    expected = {"application_name": "a+b c", "options": "-c search_path=x", "statement_timeout": "30000"}
    assert made["server_settings"] == expected
    assert made["timeout"] == 10


def test_the_url_wins_over_the_defaults() -> None:
    url = "postgres://h/db?connect_timeout=5&options=--statement-timeout%3D5s"
    made = translate(url, ConnectionDefaults("us", connect_timeout=1, statement_timeout=1)).connect_args
    assert made["timeout"] == 5
    assert made["server_settings"] == {"application_name": "us", "options": "--statement-timeout=5s"}


def test_sessions_of_a_kind() -> None:
    assert arguments("postgres://a,b/db?target_session_attrs=read-write")["target_session_attrs"] == "read-write"


def test_transaction_poolers() -> None:
    made = arguments("postgres://h:6543/db?pgbouncer=true")
    assert (made["statement_cache_size"], made["prepared_statement_cache_size"]) == (0, 0)
    assert made["prepared_statement_name_func"]() == ""
    assert made["command_timeout"] == 30
    assert made["server_settings"] == {"application_name": "allotment"}  # poolers refuse others
    assert "statement_cache_size" not in arguments("postgres://h/db?pgbouncer=false")


def test_neon() -> None:
    made = arguments(
        "postgresql://u:p@ep-x.neon.tech/db?sslmode=require&channel_binding=require&options=endpoint%3Dep-x"
    )
    assert made["ssl"].check_hostname  # what channel binding would have proved, the certificate does
    assert made["server_settings"]["options"] == "endpoint=ep-x"
    assert "channel_binding" not in made
    assert "sslmode" not in made
