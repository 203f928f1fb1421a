"""Settings: defaults by environment, validation, and errors that never repeat a value."""

import pickle
import re
from pathlib import Path

import pytest

from server.config import settings as settings_module
from server.config.settings import Settings, SettingsError, load_settings, variable_name

LONG_SECRET = "v3ry-l0ng-and-r4ndom-enough-0f-a-key"
STRONG_SECRET = "kJ8x_Qm2Zt5Yw9Rb4Nc7Lf0Hs3Vd6Ga1Pe"
PASSWORD = "hunter2hunter2"
DATABASE = "postgresql://allotment@db/allotment"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for field in Settings.model_fields:
        monkeypatch.delenv(variable_name(field), raising=False)
    monkeypatch.setattr(settings_module, "SECRET_FILE", tmp_path / ".allotment-secret")


def load_invalid_settings(**values: object) -> str:
    """Load settings, assert that they are rejected, and return the message."""
    with pytest.raises(SettingsError) as caught:
        load_settings(None, **values)
    return str(caught.value)


def test_defaults_in_development() -> None:
    settings = load_settings(None)
    assert settings.environment == "development"
    assert settings.database.dialect == "sqlite"
    assert str(settings.database).endswith("/allotment.db")
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8000, 1)
    assert settings.graphiql
    assert settings.introspection
    assert settings.log_format == "plain"


def test_defaults_in_production() -> None:
    settings = load_settings(None, environment="production", secret_key=STRONG_SECRET, database_url=DATABASE)
    assert not settings.graphiql
    assert not settings.introspection
    assert settings.log_format == "json"
    assert settings.cors_origins == ()
    assert settings.cors_origin_regex is None


def test_production_defaults_can_be_overridden(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "ALLOTMENT_ENV": "Production",
        "SECRET_KEY": STRONG_SECRET,
        "DATABASE_URL": DATABASE,
        "GRAPHIQL": "on",
        "LOG_LEVEL": "debug",
    }.items():
        monkeypatch.setenv(name, value)
    settings = load_settings(None)
    assert settings.graphiql
    assert not settings.introspection
    assert settings.log_level == "DEBUG"


def test_environment_overrides_env_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(b"\xef\xbb\xbfPORT=9001\nHOST=0.0.0.0\nUNRELATED=1\nWORKERS=\n")
    monkeypatch.setenv("HOST", "::1")
    settings = load_settings(file)
    assert (settings.host, settings.port, settings.workers) == ("::1", 9001, 1)


def test_env_file_that_is_not_utf8_is_rejected(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(b"PORT=\xff\xfe")
    with pytest.raises(SettingsError, match=r"\.env: is not UTF-8 text"):
        load_settings(file)


def test_all_problems_are_reported_by_variable_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOTMENT_ENV", "prod")
    errors = load_invalid_settings(port="eighty", workers=0, echo_sql="maybe", log_level="loud", db_pool_timeout="nan")
    names = [line.split(":")[0] for line in errors.splitlines()]
    assert names == ["WORKERS", "DB_POOL_TIMEOUT", "ECHO_SQL", "ALLOTMENT_ENV", "PORT", "LOG_LEVEL"]
    assert "PORT: must be a whole number from 0 to 65535\n" in errors
    assert "ALLOTMENT_ENV: must be 'development', 'production' or 'test'" in errors


@pytest.mark.parametrize("value", ["eighty", "1.5", "-1", "65536", "9" * 5000])
def test_invalid_whole_number_is_reported_with_its_range(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("PORT", value)
    assert load_invalid_settings() == "PORT: must be a whole number from 0 to 65535"


@pytest.mark.parametrize("value", ["soon", "nan", "inf", "0", "3601"])
def test_invalid_number_is_reported_with_its_range(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("DB_POOL_TIMEOUT", value)
    assert load_invalid_settings() == "DB_POOL_TIMEOUT: must be a number from 0.1 to 3600"


def test_every_numeric_setting_has_a_range() -> None:
    numbers = [name for name, field in Settings.model_fields.items() if field.annotation in {int, float}]
    for name in numbers:
        assert re.fullmatch(
            rf"{name.upper()}: must be a (whole )?number from [\d.]+ to \d+", load_invalid_settings(**{name: "x"})
        )


def test_invalid_patterns_are_reported_in_words() -> None:
    assert load_invalid_settings(application_name="a b") == (
        "APPLICATION_NAME: must be 1 to 63 letters, digits, dots, dashes or underscores"
    )
    assert load_invalid_settings(cookie_path="graphql").startswith("COOKIE_PATH: must be a path")


def test_no_secret_is_generated_for_an_unknown_environment() -> None:
    load_invalid_settings(environment="prod")
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
def test_value_out_of_bounds_is_rejected(field: str, value: object) -> None:
    assert load_invalid_settings(**{field: value}).startswith(field.upper() + ": ")


def test_low_bcrypt_cost_is_for_tests_only() -> None:
    assert load_settings(None, environment="test", bcrypt_rounds=4).bcrypt_rounds == 4
    assert "BCRYPT_ROUNDS: must be at least 10" in load_invalid_settings(bcrypt_rounds=4)


def test_url_parameters_override_settings() -> None:
    url = "postgresql://h/db?application_name=blue&connect_timeout=3"
    settings = load_settings(
        None,
        database_url=url,
        application_name="red",
        db_connect_timeout=7,
        db_statement_timeout=2,
        db_idle_transaction_timeout=3,
    )
    assert settings.database.connect_args["timeout"] == 3
    assert settings.database.connect_args["server_settings"] == {
        "application_name": "blue",
        "statement_timeout": "2000",
        "idle_in_transaction_session_timeout": "3000",
    }


# Secrets


def test_development_secret_is_stored() -> None:
    first = load_settings(None).secret_key.get_secret_value()
    assert len(first) >= 32
    assert load_settings(None).secret_key.get_secret_value() == first
    assert settings_module.SECRET_FILE.stat().st_mode & 0o777 == 0o600


def test_secret_file_that_cannot_be_written_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(settings_module, "SECRET_FILE", tmp_path / "no" / "folder")
    assert "No such file or directory; correct that, or set the variables themselves" in load_invalid_settings()


def test_production_requires_a_database() -> None:
    errors = load_invalid_settings(environment="production", secret_key=STRONG_SECRET)
    assert errors == "DATABASE_URL: is required in production, such as postgresql://allotment@db/allotment"


def test_production_requires_a_secret() -> None:
    errors = load_invalid_settings(environment="production", database_url=DATABASE)
    assert errors.startswith("SECRET_KEY: is required in production; set it to a random value")
    assert not settings_module.SECRET_FILE.exists()


@pytest.mark.parametrize(
    "secret",
    ["short", "x" * 31, "a" * 64, "01" * 32, "change-me-" * 4, "your_secret_key_here_0123456789abcdef", "ä" * 20],
)
def test_weak_secrets_are_rejected_in_production(secret: str) -> None:
    errors = load_invalid_settings(environment="production", database_url=DATABASE, secret_key=secret)
    assert errors.startswith("SECRET_KEY: ")
    assert secret not in errors


def test_short_secrets_are_rejected_in_every_environment() -> None:
    assert "at least 32 bytes" in load_invalid_settings(secret_key="short")


def test_secret_that_is_not_text_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", STRONG_SECRET + "\udcff")
    errors = load_invalid_settings()
    assert errors.startswith("SECRET_KEY: ")
    assert STRONG_SECRET not in errors


@pytest.mark.parametrize("text", [f"{STRONG_SECRET}\n {LONG_SECRET}", f'["{STRONG_SECRET}", "{LONG_SECRET}"]'])
def test_fallback_secrets_are_parsed(text: str) -> None:
    settings = load_settings(None, secret_key="a" * 40, secret_key_fallbacks=text)
    assert settings.secret_keys == ("a" * 40, STRONG_SECRET, LONG_SECRET)
    assert LONG_SECRET not in repr(settings)


@pytest.mark.parametrize("text", [f"{STRONG_SECRET} short", "[1]", "[" * 10_000, '{"a": 1}', f'["{STRONG_SECRET}"'])
def test_invalid_fallback_secrets_are_rejected(text: str) -> None:
    errors = load_invalid_settings(secret_key=STRONG_SECRET, secret_key_fallbacks=text)
    assert errors.startswith("SECRET_KEY_FALLBACKS: ")
    assert STRONG_SECRET not in errors
    weak = {"environment": "production", "database_url": DATABASE, "secret_key": STRONG_SECRET}
    assert "SECRET_KEY_FALLBACKS: " in load_invalid_settings(**weak, secret_key_fallbacks="change-me-" * 4)


def test_representations_contain_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://u:{PASSWORD}@h/db")
    settings = load_settings(None, secret_key=LONG_SECRET)
    representations = [
        repr(settings),
        str(settings),
        str(settings.model_dump()),
        repr(settings.database),
        str(settings.database),
    ]
    assert not [text for text in representations if PASSWORD in text or LONG_SECRET in text]
    assert settings.database.url.password == PASSWORD


@pytest.mark.parametrize(
    "url",
    [
        f"mysql://u:{PASSWORD}@h/db", f"postgres://u:{PASSWORD}@h:port/db", f"postgres://u:{PASSWORD}/x@h/db",
        f"postgres://h/db?sslmode={PASSWORD}", PASSWORD, f"postgres://u:1{PASSWORD}@h/db?connect_timeout={PASSWORD}",
    ],
)  # fmt: skip
def test_errors_do_not_repeat_the_url(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(None, database_url=url, secret_key=PASSWORD)
    error = caught.value
    assert str(error).startswith("DATABASE_URL: ")
    assert PASSWORD not in str(error) + repr(error)
    assert error.__cause__ is None
    assert error.__suppress_context__
    assert PASSWORD.encode() not in pickle.dumps(error.args)


# Origins


def test_development_allows_localhost_with_any_port() -> None:
    allowed = load_settings(None).cors_origin_regex
    assert allowed is not None
    assert all(re.fullmatch(allowed, origin) for origin in ("http://localhost:5173", "http://127.0.0.1:3000"))
    assert not re.fullmatch(allowed, "http://localhost.evil.example")
    assert not re.fullmatch(allowed, "http://127.0.0.1:80@evil.example")
    assert not re.fullmatch(allowed, "http://127x0.0.1")


@pytest.mark.parametrize(
    ("value", "origins"),
    [
        ("https://a.example, https://B.example:8443/ ,", ("https://a.example", "https://b.example:8443")),
        ('["https://a.example"]', ("https://a.example",)),
        ("http://[::1]:5173", ("http://[::1]:5173",)),
        ("https://a.example:443,http://b.example:80", ("https://a.example", "http://b.example")),
        ("http://a.example:443,https://b.example:80", ("http://a.example:443", "https://b.example:80")),
        ("*", ("*",)),
        ("[]", ()),
    ],
)
def test_origins_are_parsed(monkeypatch: pytest.MonkeyPatch, value: str, origins: tuple[str, ...]) -> None:
    monkeypatch.setenv("CORS_ORIGINS", value)
    settings = load_settings(None)
    assert settings.cors_origins == origins
    assert settings.cors_origin_regex is None


@pytest.mark.parametrize(
    "value",
    ["a.example", "https://*.example", "https://a.example/path", "null", "*,https://a.example", "[1]", "[" * 100_000,
     "https://a.example\nhttps://b.example"],
)  # fmt: skip
def test_invalid_origins_are_rejected(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("CORS_ORIGINS", value)
    assert load_invalid_settings().startswith("CORS_ORIGINS: ")


def test_every_setting_is_described() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
    assert variable_name("environment") == "ALLOTMENT_ENV"
    assert variable_name("database_url") == "DATABASE_URL"
