"""Settings: all that an operator may set, read from the environment and from `.env` in the checkout."""

import re
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from server.checkout import CHECKOUT
from server.cors_origins import LOCAL_ORIGINS, checked_origins
from server.database_url import ConnectionDefaults, DatabaseUrl, translate
from server.secret import kept_secret, require_length, require_production_secret
from server.setting_types import Environment, ExecutorName, LogFormat, LogLevel, Origins, Seconds
from server.settings_error import SettingsError, file_problem, problems_of
from server.smtp_url import SmtpUrl, checked_sender, checked_url, origin_of_url, read_smtp_url

__all__ = ["ENV_FILE", "SECRET_FILE", "Settings", "SettingsError", "load_settings", "variable_name"]

ENV_FILE = CHECKOUT / ".env"
SECRET_FILE = CHECKOUT / ".allotment-secret"
DEVELOPMENT_DATABASE = "sqlite:///allotment.db"
_MIN_BCRYPT_ROUNDS = 10


def _outside_production(values: dict[str, Any]) -> bool:
    return bool(values.get("environment", "production") != "production")


def _usual_log_format(values: dict[str, Any]) -> LogFormat:
    return "plain" if _outside_production(values) else "json"


class Settings(BaseSettings):
    """Immutable, and complete once made. Start-up code calls `load_settings`, whose errors are made for operators."""

    model_config = SettingsConfigDict(
        env_file=ENV_FILE, env_file_encoding="utf-8-sig", env_ignore_empty=True, extra="ignore",
        frozen=True, hide_input_in_errors=True, populate_by_name=True,
    )  # fmt: skip

    # First, because the checks and the defaults of others depend on it.
    environment: Environment = Field(
        "development", validation_alias="ALLOTMENT_ENV", description="development, production or test."
    )
    database_url: SecretStr = Field(
        SecretStr(""),
        description="postgresql://… as hosting services hand it out, or sqlite:///path, relative to the checkout. "
        f"Required in production; elsewhere {DEVELOPMENT_DATABASE}.",
    )
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="Signs tokens; at least 32 random bytes. Required in production; elsewhere one is made and kept.",
    )
    host: str = Field("127.0.0.1", min_length=1, max_length=255, description="The address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="The port to listen on; 0 takes any free one.")
    workers: int = Field(1, ge=1, le=256, description="Server processes.")
    db_pool_size: int = Field(10, ge=1, le=1000, description="Database connections each process keeps open.")
    db_max_overflow: int = Field(10, ge=0, le=1000, description="Connections it may open beyond those for a while.")
    db_pool_timeout: Seconds = Field(10.0, description="Seconds to wait for a free connection.")
    db_statement_timeout: Seconds = Field(30.0, description="Seconds a statement may take on PostgreSQL.")
    db_connect_timeout: Seconds = Field(10.0, description="Seconds to wait for a new connection.")
    application_name: str = Field(
        "allotment", pattern=r"^[A-Za-z0-9._-]{1,63}$", description="The name PostgreSQL shows for our connections."
    )
    echo_sql: bool = Field(default=False, description="Log every SQL statement with its values.")
    cors_origins: Origins = Field(
        (), description="Origins whose pages may call us, separated by commas. Default in development: localhost."
    )
    graphiql: bool = Field(
        default_factory=_outside_production, description="Serve the GraphiQL console. Off by default in production."
    )
    introspection: bool = Field(
        default_factory=_outside_production, description="Answer introspection. Off by default in production."
    )
    log_format: LogFormat = Field(
        default_factory=_usual_log_format, description="json or plain. By default json in production, plain elsewhere."
    )
    log_level: LogLevel = Field("INFO", description="The least important level that is logged.")
    access_token_minutes: int = Field(15, ge=1, le=1440, description="Minutes until an access token expires.")
    executor: ExecutorName = Field(
        "compiled",
        validation_alias="ALLOTMENT_EXECUTOR",
        description="compiled, or graphql-core, which answers the same and takes longer.",
    )
    session_days: int = Field(30, ge=1, le=400, description="Days until somebody has to sign in again, used or not.")
    max_body_bytes: int = Field(
        1_048_576, ge=1024, le=1_073_741_824, description="Bytes a request's body may have; larger ones answer 413."
    )
    public_url: str = Field(
        "",
        max_length=500,
        description="Where people reach the front end, for links in letters. By default http://HOST:PORT.",
    )
    smtp_url: SecretStr = Field(
        SecretStr(""),
        description="The mail server: smtp://user:password@host:587 or smtps://…:465. Unset, letters go to the log.",
    )
    mail_from: str = Field(
        "Allotment <allotment@localhost>", max_length=255, description="Whom letters are from: Name <address>."
    )
    cookie_path: str = Field(
        "/graphql",
        pattern=r"^/[A-Za-z0-9._~/-]*$",
        description="The path that the cookie with the refresh token is for, should a proxy serve us under another.",
    )
    trusted_proxies: str = Field(
        "",
        max_length=1000,
        description="Proxies whose X-Forwarded-For is believed: addresses and networks, separated by commas.",
    )
    bcrypt_rounds: int = Field(12, ge=4, le=16, description="Cost of a password's hash; each one more doubles it.")

    @field_validator("database_url")
    @classmethod
    def _usable_database(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        url = value.get_secret_value()
        if not url and info.data.get("environment") == "production":
            raise ValueError("must be given in production, such as postgresql://allotment@db/allotment")
        url = url or DEVELOPMENT_DATABASE
        translate(url)
        return SecretStr(url)

    @field_validator("secret_key")
    @classmethod
    def _safe_secret(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        secret = value.get_secret_value()
        if "environment" not in info.data:
            return value  # that is an error already, and leaves open which rules hold
        if not _outside_production(info.data):
            require_production_secret(secret)
        elif secret:
            require_length(secret)
        else:
            return SecretStr(kept_secret(SECRET_FILE))
        return value

    @field_validator("workers")
    @classmethod
    def _shared_database(cls, value: int, info: ValidationInfo) -> int:
        url = info.data.get("database_url")
        if value > 1 and url is not None and translate(url.get_secret_value()).in_memory:
            raise ValueError("must be 1 with a database in memory, which processes cannot share; or name a file")
        return value

    @field_validator("cors_origins")
    @classmethod
    def _real_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return checked_origins(value)

    @field_validator("public_url")
    @classmethod
    def _real_url(cls, value: str) -> str:
        return checked_url(value)

    @field_validator("smtp_url")
    @classmethod
    def _usable_post(cls, value: SecretStr) -> SecretStr:
        read_smtp_url(value.get_secret_value())
        return value

    @field_validator("mail_from")
    @classmethod
    def _real_sender(cls, value: str) -> str:
        return checked_sender(value)

    @field_validator("bcrypt_rounds")
    @classmethod
    def _slow_enough(cls, value: int, info: ValidationInfo) -> int:
        if value < _MIN_BCRYPT_ROUNDS and info.data.get("environment") != "test":
            raise ValueError(f"must be at least {_MIN_BCRYPT_ROUNDS}; fewer are for tests only")
        return value

    @cached_property
    def database(self) -> DatabaseUrl:
        """The database, with these settings for whatever its URL leaves open."""
        defaults = ConnectionDefaults(self.application_name, self.db_connect_timeout, self.db_statement_timeout)
        return translate(self.database_url.get_secret_value(), defaults)

    @property
    def links_url(self) -> str:
        """What the links in letters begin with."""
        return self.public_url or f"http://{self.host}:{self.port}"

    @property
    def smtp(self) -> SmtpUrl | None:
        """The mail server, if there is one."""
        return read_smtp_url(self.smtp_url.get_secret_value())

    def lets_in(self, origin: str) -> bool:
        """Whether pages of this origin, as browsers name it, may use cookies."""
        local = self.cors_origin_regex is not None and re.fullmatch(self.cors_origin_regex, origin) is not None
        return local or origin in self.cors_origins or origin == origin_of_url(self.public_url)

    @property
    def cors_origin_regex(self) -> str | None:
        """In development, unless origins were named: any port of this machine."""
        named = "cors_origins" in self.model_fields_set
        return LOCAL_ORIGINS if self.environment == "development" and not named else None


def variable_name(field: str) -> str:
    """The environment variable of a field of Settings."""
    return str(Settings.model_fields[field].validation_alias or field).upper()


def load_settings(env_file: Path | None = ENV_FILE, **values: Any) -> Settings:
    """Read the settings; `values` win over the environment, which wins over `env_file`. Raises SettingsError."""
    try:
        return Settings(**{"_env_file": env_file, **values})
    except ValidationError as invalid:
        raise SettingsError(problems_of(invalid)) from None
    except (OSError, UnicodeDecodeError) as unreadable:
        raise SettingsError([file_problem(unreadable, env_file)]) from None
