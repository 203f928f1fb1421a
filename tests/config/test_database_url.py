"""Parsing of DATABASE_URL, as hosting services provide it."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from server.config.database_url import ConnectionDefaults, DatabaseUrlError, parse_database_url
from server.config.paths import PROJECT_ROOT

PASSWORD = "hunter2"


@pytest.fixture(autouse=True)
def no_root_certificate(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("PGSSLROOTCERT", raising=False)


def connect_arguments(url: str) -> dict[str, Any]:
    """Return the arguments with which SQLAlchemy calls `asyncpg.connect`."""
    database = parse_database_url(url)
    engine = create_async_engine(database.url)
    _, dialect_arguments = engine.dialect.create_connect_args(database.url)
    return {**dialect_arguments, **database.connect_args}


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_all_postgresql_schemes_are_accepted(scheme: str) -> None:
    database = parse_database_url(f" {scheme}://u:p@h:6543/db\n")
    assert database.dialect == "postgresql"
    assert database.url.render_as_string(hide_password=False) == "postgresql+asyncpg://u:p@h:6543/db"


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:////var/lib/a.db", "/var/lib/a.db"), ("sqlite+aiosqlite:////var/lib/a%20b.db", "/var/lib/a b.db"),
        ("sqlite:///data/a.db", str(PROJECT_ROOT / "data/a.db")),
    ],
)  # fmt: skip
def test_sqlite_url_names_a_file(url: str, path: str) -> None:
    database = parse_database_url(url)
    assert (database.dialect, database.url.drivername, database.url.database) == ("sqlite", "sqlite+aiosqlite", path)
    assert database.connect_args == {}


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:", "sqlite://", "sqlite:///", "sqlite+aiosqlite://", "sqlite+aiosqlite:///", "sqlite:///:memory:",
        "sqlite:///%3Amemory%3a", "sqlite+aiosqlite:///:memory:?uri=true", "sqlite:///file::memory:?cache=shared",
        "sqlite:///file::memory:?cache=shared&uri=true", "sqlite:///file:a?mode=memory&cache=shared&uri=true",
        "sqlite://?mode=memory", " sqlite:// ",
    ],
)  # fmt: skip
def test_in_memory_databases_are_rejected(url: str) -> None:
    with pytest.raises(DatabaseUrlError, match="in memory, of which each connection would have its own; use a file"):
        parse_database_url(url)


@pytest.mark.parametrize("url", ["sqlite:///memory.db", "sqlite:////tmp/memory", "sqlite:///my:memory"])
def test_files_named_memory_are_accepted(url: str) -> None:
    assert parse_database_url(url).dialect == "sqlite"


@pytest.mark.parametrize("url", ["sqlite://a.db", "sqlite:a.db", "sqlite:///a.db?mode=ro", "sqlite3:///a.db"])
def test_invalid_sqlite_urls_are_rejected(url: str) -> None:
    with pytest.raises(DatabaseUrlError, match="three slashes"):
        parse_database_url(url)


@pytest.mark.parametrize(
    "scheme",
    ["mysql", "MySQL", "mysql+aiomysql", "mysql+asyncmy", "mysql+pymysql", "mariadb", "mariadb+mariadbconnector"],
)
def test_mysql_and_mariadb_are_rejected_with_the_supported_databases(scheme: str) -> None:
    with pytest.raises(DatabaseUrlError) as caught:
        parse_database_url(f" {scheme}://u:{PASSWORD}@h:3306/db?charset=utf8mb4")
    assert str(caught.value) == (
        "names MySQL or MariaDB, which are not supported; use PostgreSQL, as "
        "postgresql://user:password@host:5432/database, or SQLite, as sqlite:///allotment.db"
    )
    assert caught.value.__cause__ is None


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
def test_hosts_and_ports_are_parsed(url: str, host: str | list[str], port: int | list[int]) -> None:
    arguments = connect_arguments(url)
    assert (arguments["host"], arguments["port"], arguments["database"]) == (host, port, "db")


def test_driver_chooses_the_host_if_the_url_has_none() -> None:
    assert connect_arguments("postgresql:///db").keys() & {"host", "port"} == set()


@pytest.mark.parametrize(
    ("encoded", "password"),
    [
        ("p%40%2F%3F%23%3A%25w", "p@/?#:%w"),
        ("p:w", "p:w"),
        ("a+b#c", "a+b#c"),
        ("100%", "100%"),
        ("p%C3%A4", "pä"),
        ("", None),
    ],
)
def test_percent_encoded_credentials_are_decoded(encoded: str, password: str | None) -> None:
    assert connect_arguments(f"postgres://us%40er:{encoded}@h/d%62").get("password") == password
    assert connect_arguments(f"postgres://us%40er:{encoded}@h/d%62")["user"] == "us@er"
    assert connect_arguments(f"postgres://h/db?user=x&password={encoded.replace('#', '')}").get("user") == "x"


def test_query_parameters_override_the_url() -> None:
    arguments = connect_arguments("postgres://u:p@h/db?user=v&password=q&dbname=e")
    assert (arguments["user"], arguments["password"], arguments["database"]) == ("v", "q", "e")


@pytest.mark.parametrize("url", [f"postgres://u:{PASSWORD}@h/db", f"postgres://u@a,b/db?password={PASSWORD}"])
def test_passwords_are_not_shown(url: str) -> None:
    database = parse_database_url(url + ("&" if "?" in url else "?") + f"sslcert={__file__}&sslpassword={PASSWORD}")
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
def test_invalid_urls_are_rejected_without_repeating_them(url: str) -> None:
    with pytest.raises(DatabaseUrlError) as caught:
        parse_database_url(url)
    assert PASSWORD not in str(caught.value) + repr(caught.value)
    assert caught.value.__cause__ is None


def test_unknown_parameters_are_reported() -> None:
    with pytest.raises(DatabaseUrlError, match=r"unknown parameters \(connectionLimit, schema\); remove them, or use"):
        parse_database_url("postgres://h/db?schema=public&connectionLimit=5")


def test_options_become_server_settings() -> None:
    arguments = connect_arguments("postgres://h/db?application_name=a+b%20c&options=-c%20search_path%3Dx")
    expected = {"application_name": "a+b c", "options": "-c search_path=x", "statement_timeout": "30000"}
    expected |= {"idle_in_transaction_session_timeout": "60000"}
    assert arguments["server_settings"] == expected
    assert arguments["timeout"] == 10


def test_url_overrides_defaults() -> None:
    url = "postgres://h/db?connect_timeout=5&options=--statement-timeout%3D5s"
    arguments = parse_database_url(url, ConnectionDefaults("us", connect_timeout=1, statement_timeout=1)).connect_args
    assert arguments["timeout"] == 5
    expected = {"application_name": "us", "options": "--statement-timeout=5s"}
    assert arguments["server_settings"] == expected | {"idle_in_transaction_session_timeout": "60000"}


def test_target_session_attrs_are_passed_to_the_driver() -> None:
    assert (
        connect_arguments("postgres://a,b/db?target_session_attrs=read-write")["target_session_attrs"] == "read-write"
    )


def test_several_hosts_mean_the_one_that_accepts_writes() -> None:
    assert connect_arguments("postgres://a,b/db")["target_session_attrs"] == "read-write"
    assert connect_arguments("postgres://a,b/db?target_session_attrs=any")["target_session_attrs"] == "any"
    assert "target_session_attrs" not in connect_arguments("postgres://a/db")


def test_pgbouncer_disables_prepared_statements() -> None:
    arguments = connect_arguments("postgres://h:6543/db?pgbouncer=true")
    assert (arguments["statement_cache_size"], arguments["prepared_statement_cache_size"]) == (0, 0)
    assert arguments["prepared_statement_name_func"]() == ""
    assert arguments["command_timeout"] == 30
    assert arguments["server_settings"] == {"application_name": "allotment"}  # poolers reject other settings
    assert "statement_cache_size" not in connect_arguments("postgres://h/db?pgbouncer=false")


def test_neon_url_is_accepted() -> None:
    arguments = connect_arguments(
        "postgresql://u:p@ep-x.neon.tech/db?sslmode=require&channel_binding=require&options=endpoint%3Dep-x"
    )
    assert arguments["ssl"].check_hostname  # certificate verification replaces channel binding
    assert arguments["server_settings"]["options"] == "endpoint=ep-x"
    assert "channel_binding" not in arguments
    assert "sslmode" not in arguments
