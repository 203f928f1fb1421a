"""Settings: defaults by environment, bounds, and errors that help without telling anything."""

import pickle
import re
from pathlib import Path

import pytest

from server import settings as settings_module
from server.settings import Settings, SettingsError, load_settings, variable_name

SECRET = "v3ry-l0ng-and-r4ndom-enough-0f-a-key"
GOOD = "kJ8x_Qm2Zt5Yw9Rb4Nc7Lf0Hs3Vd6Ga1Pe"
PASSWORD = "hunter2hunter2"
DATABASE = "postgresql://allotment@db/allotment"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for field in Settings.model_fields:
        monkeypatch.delenv(variable_name(field), raising=False)
    monkeypatch.setattr(settings_module, "SECRET_FILE", tmp_path / ".allotment-secret")


def problems(**values: object) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(None, **values)
    return str(caught.value)


def test_a_fresh_checkout_needs_no_settings() -> None:
    settings = load_settings(None)
    assert settings.environment == "development"
    assert settings.database.dialect == "sqlite"
    assert str(settings.database).endswith("/allotment.db")
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8000, 1)
    assert settings.graphiql
    assert settings.introspection
    assert settings.log_format == "plain"


def test_production_shows_nothing_it_was_not_asked_to() -> None:
    settings = load_settings(None, environment="production", secret_key=GOOD, database_url=DATABASE)
    assert not settings.graphiql
    assert not settings.introspection
    assert settings.log_format == "json"
    assert settings.cors_origins == ()
    assert settings.cors_origin_regex is None


def test_production_can_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "ALLOTMENT_ENV": "Production",
        "SECRET_KEY": GOOD,
        "DATABASE_URL": DATABASE,
        "GRAPHIQL": "on",
        "LOG_LEVEL": "debug",
    }.items():
        monkeypatch.setenv(name, value)
    settings = load_settings(None)
    assert settings.graphiql
    assert not settings.introspection
    assert settings.log_level == "DEBUG"


def test_env_file_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(b"\xef\xbb\xbfPORT=9001\nHOST=0.0.0.0\nSOMEBODY_ELSES=1\nWORKERS=\n")
    monkeypatch.setenv("HOST", "::1")
    settings = load_settings(file)
    assert (settings.host, settings.port, settings.workers) == ("::1", 9001, 1)


def test_env_file_that_is_no_text(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(b"PORT=\xff\xfe")
    with pytest.raises(SettingsError, match=r"\.env: is not UTF-8 text"):
        load_settings(file)


def test_all_problems_are_told_at_once_by_their_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOTMENT_ENV", "prod")
    told = problems(port="eighty", workers=0, echo_sql="maybe", log_level="loud", db_pool_timeout="nan")
    names = [line.split(":")[0] for line in told.splitlines()]
    assert names == ["ALLOTMENT_ENV", "PORT", "WORKERS", "DB_POOL_TIMEOUT", "ECHO_SQL", "LOG_LEVEL"]
    assert "PORT: must be a whole number" in told
    assert "ALLOTMENT_ENV: must be 'development', 'production' or 'test'" in told


def test_no_secret_is_made_for_an_environment_nobody_knows() -> None:
    problems(environment="prod")
    assert not settings_module.SECRET_FILE.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("port", 65536), ("port", -1), ("port", 1.5), ("workers", 257), ("db_pool_size", 0), ("db_max_overflow", -1),
        ("db_statement_timeout", 0), ("db_connect_timeout", "inf"), ("access_token_minutes", 0), ("max_body_bytes", 10),
        ("bcrypt_rounds", 3), ("bcrypt_rounds", 31), ("application_name", "a\nb"), ("application_name", "x" * 64),
        ("host", ""), ("log_format", "xml"),
    ],
)  # fmt: skip
def test_bounds(field: str, value: object) -> None:
    assert problems(**{field: value}).startswith(field.upper() + ": ")


def test_cheap_hashes_are_for_tests() -> None:
    assert load_settings(None, environment="test", bcrypt_rounds=4).bcrypt_rounds == 4
    assert "BCRYPT_ROUNDS: must be at least 10" in problems(bcrypt_rounds=4)


def test_memory_is_not_shared_between_processes() -> None:
    assert "WORKERS: must be 1" in problems(database_url="sqlite://", workers=2)


def test_the_url_wins_over_the_settings_around_it() -> None:
    url = "postgresql://h/db?application_name=blue&connect_timeout=3"
    settings = load_settings(
        None, database_url=url, application_name="red", db_connect_timeout=7, db_statement_timeout=2
    )
    assert settings.database.connect_args["timeout"] == 3
    assert settings.database.connect_args["server_settings"] == {
        "application_name": "blue",
        "statement_timeout": "2000",
    }


# Secrets


def test_development_keeps_its_secret() -> None:
    first = load_settings(None).secret_key.get_secret_value()
    assert len(first) >= 32
    assert load_settings(None).secret_key.get_secret_value() == first
    assert settings_module.SECRET_FILE.stat().st_mode & 0o777 == 0o600


def test_a_secret_that_cannot_be_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(settings_module, "SECRET_FILE", tmp_path / "no" / "folder")
    assert "No such file or directory; correct that, or set the variables themselves" in problems()


def test_production_requires_a_database() -> None:
    told = problems(environment="production", secret_key=GOOD)
    assert told == "DATABASE_URL: must be given in production, such as postgresql://allotment@db/allotment"


def test_production_requires_a_secret() -> None:
    told = problems(environment="production", database_url=DATABASE)
    assert told.startswith("SECRET_KEY: is required in production; set it to a random value")
    assert not settings_module.SECRET_FILE.exists()


@pytest.mark.parametrize(
    "secret",
    ["short", "x" * 31, "a" * 64, "01" * 32, "change-me-" * 4, "your_secret_key_here_0123456789abcdef", "ä" * 20],
)
def test_production_refuses_weak_secrets(secret: str) -> None:
    told = problems(environment="production", database_url=DATABASE, secret_key=secret)
    assert told.startswith("SECRET_KEY: ")
    assert secret not in told


def test_short_secrets_are_refused_everywhere() -> None:
    assert "at least 32 bytes" in problems(secret_key="short")


def test_a_secret_that_is_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", GOOD + "\udcff")
    told = problems()
    assert told.startswith("SECRET_KEY: ")
    assert GOOD not in told


def test_nothing_shows_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://u:{PASSWORD}@h/db")
    settings = load_settings(None, secret_key=SECRET)
    shown = [repr(settings), str(settings), str(settings.model_dump()), repr(settings.database), str(settings.database)]
    assert not [text for text in shown if PASSWORD in text or SECRET in text]
    assert settings.database.url.password == PASSWORD


@pytest.mark.parametrize(
    "url",
    [
        f"mysql://u:{PASSWORD}@h/db", f"postgres://u:{PASSWORD}@h:port/db", f"postgres://u:{PASSWORD}/x@h/db",
        f"postgres://h/db?sslmode={PASSWORD}", PASSWORD, f"postgres://u:1{PASSWORD}@h/db?connect_timeout={PASSWORD}",
    ],
)  # fmt: skip
def test_errors_never_repeat_the_url(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(None, database_url=url, secret_key=PASSWORD)
    error = caught.value
    assert str(error).startswith("DATABASE_URL: ")
    assert PASSWORD not in str(error) + repr(error)
    assert error.__cause__ is None
    assert error.__suppress_context__
    assert PASSWORD.encode() not in pickle.dumps(error.args)


# Origins


def test_development_allows_any_port_of_this_machine() -> None:
    allowed = load_settings(None).cors_origin_regex
    assert allowed is not None
    assert all(re.fullmatch(allowed, origin) for origin in ("http://localhost:5173", "http://127.0.0.1:3000"))
    assert not re.fullmatch(allowed, "http://localhost.evil.example")
    assert not re.fullmatch(allowed, "http://127.0.0.1:80@evil.example")
    assert not re.fullmatch(allowed, "http://127x0.0.1")


@pytest.mark.parametrize(
    ("given", "origins"),
    [
        ("https://a.example, https://B.example:8443/ ,", ("https://a.example", "https://b.example:8443")),
        ('["https://a.example"]', ("https://a.example",)),
        ("http://[::1]:5173", ("http://[::1]:5173",)),
        ("*", ("*",)),
        ("[]", ()),
    ],
)
def test_origins(monkeypatch: pytest.MonkeyPatch, given: str, origins: tuple[str, ...]) -> None:
    monkeypatch.setenv("CORS_ORIGINS", given)
    settings = load_settings(None)
    assert settings.cors_origins == origins
    assert settings.cors_origin_regex is None


@pytest.mark.parametrize(
    "given",
    ["a.example", "https://*.example", "https://a.example/path", "null", "*,https://a.example", "[1]", "[" * 100_000,
     "https://a.example\nhttps://b.example"],
)  # fmt: skip
def test_bad_origins(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("CORS_ORIGINS", given)
    assert problems().startswith("CORS_ORIGINS: ")


def test_every_setting_is_described() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
    assert variable_name("environment") == "ALLOTMENT_ENV"
    assert variable_name("database_url") == "DATABASE_URL"
