"""Settings, read from the environment and from `.env` in the checkout."""

import re
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict

from server.config.audit_settings import AuditSettings
from server.config.connection_settings import ConnectionLimitSettings
from server.config.cors_origins import LOCAL_ORIGINS, validate_origins
from server.config.cost_settings import CostSettings
from server.config.database_settings import DatabaseSettings
from server.config.database_url import DatabaseUrl, parse_database_url
from server.config.direct_url import validate_direct_url
from server.config.document_settings import DocumentSettings
from server.config.health_settings import HealthSettings
from server.config.live_settings import LiveSettings
from server.config.local_names import browser_host
from server.config.mail_settings import MailSettings
from server.config.monitoring_settings import MonitoringSettings
from server.config.oidc_settings import OidcSettings
from server.config.operation_limits import OperationLimits
from server.config.operation_settings import OperationSettings
from server.config.overload_settings import OverloadSettings
from server.config.passkey_settings import PasskeySettings
from server.config.paths import PROJECT_ROOT
from server.config.replica_urls import parse_replica_urls, validate_replica_urls
from server.config.response_settings import ResponseSettings
from server.config.secret import (
    load_or_create_secret,
    parse_fallbacks,
    require_production_secret,
    require_secret_length,
)
from server.config.setting_types import Environment, LogFormat, LogLevel, Origins
from server.config.settings_error import SettingsError, describe_file_error, describe_validation_error
from server.config.sign_in_settings import SignInSettings
from server.config.smtp_url import url_origin, validate_site_url
from server.config.webhook_settings import Networks, WebhookSettings, default_networks, runs_background_work
from server.config.websocket_settings import WebSocketSettings
from server.config.worker_settings import WorkerSettings

__all__ = ["ENV_FILE", "SECRET_FILE", "Settings", "SettingsError", "load_settings", "variable_name"]

ENV_FILE = PROJECT_ROOT / ".env"
SECRET_FILE = PROJECT_ROOT / ".allotment-secret"
DEVELOPMENT_DATABASE = "sqlite:///allotment.db"
_MIN_BCRYPT_ROUNDS = 10


def _is_not_production(values: dict[str, Any]) -> bool:
    return bool(values.get("environment", "production") != "production")


def _default_log_format(values: dict[str, Any]) -> LogFormat:
    return "plain" if _is_not_production(values) else "json"


class Settings(
    AuditSettings,
    ConnectionLimitSettings,
    CostSettings,
    DatabaseSettings,
    DocumentSettings,
    HealthSettings,
    LiveSettings,
    MailSettings,
    MonitoringSettings,
    OidcSettings,
    OperationSettings,
    OverloadSettings,
    PasskeySettings,
    ResponseSettings,
    SignInSettings,
    WebhookSettings,
    WebSocketSettings,
    WorkerSettings,
):
    """The validated, immutable settings. Use `load_settings`, whose errors are written for operators."""

    model_config = SettingsConfigDict(
        env_file=ENV_FILE, env_file_encoding="utf-8-sig", env_ignore_empty=True, extra="ignore",
        frozen=True, hide_input_in_errors=True, populate_by_name=True,
    )  # fmt: skip

    # First, because validators and defaults of later fields depend on it.
    environment: Environment = Field("development", validation_alias="ALLOTMENT_ENV", description="The environment.")
    database_url: SecretStr = Field(
        SecretStr(""),
        description="postgresql://… as hosting services provide it, or sqlite:///path, relative to the checkout. "
        f"Required in production; elsewhere {DEVELOPMENT_DATABASE}.",
    )
    replica_urls: SecretStr = Field(
        SecretStr(""),
        description="Read replicas of the database: postgresql://… URLs, separated by white space.",
    )
    database_direct_url: SecretStr = Field(
        SecretStr(""),
        description="The database without the transaction pooler that DATABASE_URL names: for signals of changes.",
    )
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="Signs tokens; at least 32 random bytes. Required in production; elsewhere generated and stored.",
    )
    secret_key_fallbacks: SecretStr = Field(
        SecretStr(""),
        description="Further secrets that may have signed tokens and encrypted secrets of webhooks while "
        "SECRET_KEY is rotated: separated by white space, or a JSON array.",
    )
    host: str = Field("127.0.0.1", min_length=1, max_length=255, description="The address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="The port to listen on; 0 selects any free port.")
    cors_origins: Origins = Field(
        (),
        description="Origins whose pages may call the server, separated by commas. Default in development: localhost.",
    )
    graphiql: bool = Field(
        default_factory=_is_not_production,
        description="Serve the console, its pages for links in emails, and its inbox. Off by default in production.",
    )
    introspection: bool = Field(
        default_factory=_is_not_production, description="Allow introspection. Off by default in production."
    )
    mcp: bool = Field(
        default_factory=_is_not_production,
        description="Serve AI agents at /mcp (Model Context Protocol). Off by default in production.",
    )
    log_format: LogFormat = Field(
        default_factory=_default_log_format,
        description="json or plain. By default json in production, plain elsewhere.",
    )
    log_level: LogLevel = Field("INFO", description="The lowest level that is logged.")
    public_url: str = Field(
        "",
        max_length=500,
        description="The front end's URL, the base of links in emails. By default http://HOST:PORT.",
    )
    cookie_path: str = Field(
        "/graphql",
        pattern=r"^/[A-Za-z0-9._~/-]*$",
        description="Path of the cookie with the refresh token; change it if a proxy adds a prefix.",
    )
    trusted_proxies: str = Field(
        "",
        max_length=1000,
        description="Proxies whose X-Forwarded-For is trusted: addresses and networks, separated by commas.",
    )
    background_work: bool = Field(
        default_factory=runs_background_work, description="Deliver webhooks, and perform scheduled work."
    )
    webhook_allow_private: Networks = Field(
        default_factory=default_networks, description="Networks that webhooks may connect to, besides public addresses."
    )
    oidc_allow_private: Networks = Field(
        default_factory=default_networks, description="Networks of issuers, besides public addresses."
    )
    bcrypt_rounds: int = Field(12, ge=4, le=16, description="Cost of password hashes; each increment doubles it.")

    @field_validator("database_url")
    @classmethod
    def _validate_database_url(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        url = value.get_secret_value()
        if not url and info.data.get("environment") == "production":
            raise ValueError("is required in production, such as postgresql://allotment@db/allotment")
        url = url or DEVELOPMENT_DATABASE
        parse_database_url(url)
        return SecretStr(url)

    @field_validator("replica_urls")
    @classmethod
    def _validate_replica_urls(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        if "database_url" in info.data:  # otherwise it is invalid, which is reported already
            validate_replica_urls(value.get_secret_value(), info.data["database_url"].get_secret_value())
        return value

    @field_validator("database_direct_url")
    @classmethod
    def _validate_direct_url(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        if value.get_secret_value() and "database_url" in info.data:
            validate_direct_url(value.get_secret_value(), info.data["database_url"].get_secret_value())
        return value

    @field_validator("secret_key")
    @classmethod
    def _validate_secret_key(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        secret = value.get_secret_value()
        if "environment" not in info.data:
            return value  # invalid, which is reported already; the rules depend on it
        if not _is_not_production(info.data):
            require_production_secret(secret)
        elif secret:
            require_secret_length(secret)
        else:
            return SecretStr(load_or_create_secret(SECRET_FILE))
        return value

    @field_validator("secret_key_fallbacks")
    @classmethod
    def _validate_secret_key_fallbacks(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        is_production = info.data.get("environment") == "production"
        for secret in parse_fallbacks(value.get_secret_value()):
            (require_production_secret if is_production else require_secret_length)(secret)
        return value

    @field_validator("cors_origins")
    @classmethod
    def _validate_cors_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return validate_origins(value)

    @field_validator("public_url")
    @classmethod
    def _validate_public_url(cls, value: str) -> str:
        return validate_site_url(value)

    @field_validator("bcrypt_rounds")
    @classmethod
    def _validate_bcrypt_rounds(cls, value: int, info: ValidationInfo) -> int:
        if value < _MIN_BCRYPT_ROUNDS and info.data.get("environment") != "test":
            raise ValueError(f"must be at least {_MIN_BCRYPT_ROUNDS}; lower values are for tests only")
        return value

    @cached_property
    def database(self) -> DatabaseUrl:
        """The parsed database URL, with these settings as defaults."""
        return parse_database_url(self.database_url.get_secret_value(), self.connection_defaults)

    @cached_property
    def replicas(self) -> tuple[DatabaseUrl, ...]:
        """The parsed URLs of the read replicas, with the same defaults."""
        return parse_replica_urls(self.replica_urls.get_secret_value(), self.connection_defaults)

    @cached_property
    def direct_database(self) -> DatabaseUrl | None:
        """The parsed DATABASE_DIRECT_URL, with the same defaults; None if there is none."""
        url = self.database_direct_url.get_secret_value()
        return parse_database_url(url, self.connection_defaults) if url else None

    @cached_property
    def secret_keys(self) -> tuple[str, ...]:
        """SECRET_KEY, with which tokens are signed, and its fallbacks."""
        return self.secret_key.get_secret_value(), *parse_fallbacks(self.secret_key_fallbacks.get_secret_value())

    @property
    def max_database_connections(self) -> int:
        """The connections that a process may open to the database and its replicas, with those of the monitor, and that
        for signals of changes."""
        pools = 1 + len(self.replicas)
        monitors = pools if self.replicas else 0
        return pools * (self.db_pool_size + self.db_max_overflow) + monitors + 1

    @property
    def operation_limits(self) -> OperationLimits:
        """The limits on GraphQL operations."""
        return OperationLimits(
            *(self.max_query_depth, self.max_root_fields, self.max_aliases, self.max_operations),
            *(self.max_cost_user, self.max_cost_api_key, self.max_cost_anonymous, self.max_response_bytes),
        )

    @property
    def shows_traces_to_everyone(self) -> bool:
        """Whether every client gets traces and plans. Otherwise only superusers do."""
        return self.environment == "development"

    @property
    def link_base_url(self) -> str:
        """The base URL of links in emails."""
        return self.public_url or f"http://{browser_host(self.host)}:{self.port}"

    def is_allowed_origin(self, origin: str) -> bool:
        """Whether pages of this origin, as browsers send it, may use cookies."""
        is_local = self.cors_origin_regex is not None and re.fullmatch(self.cors_origin_regex, origin) is not None
        is_public = self.public_url != "" and origin == url_origin(self.public_url)
        return is_local or is_public or origin in self.cors_origins

    def is_allowed_without_cookies(self, origin: str) -> bool:
        """Whether pages of this origin may use WebSockets and /mcp, where cookies have no effect."""
        return "*" in self.cors_origins or self.is_allowed_origin(origin)

    @property
    def cors_origin_regex(self) -> str | None:
        """A pattern of localhost with any port in development if CORS_ORIGINS is not set, else None."""
        return None if "cors_origins" in self.model_fields_set or self.environment != "development" else LOCAL_ORIGINS


def variable_name(field: str) -> str:
    """Return the environment variable of a field of Settings."""
    return str(Settings.model_fields[field].validation_alias or field).upper()


def load_settings(env_file: Path | None = ENV_FILE, **values: Any) -> Settings:
    """Load the settings. `values` override the environment, which overrides `env_file`. Raises SettingsError."""
    try:
        return Settings(**{"_env_file": env_file, **values})
    except ValidationError as invalid:
        raise SettingsError(describe_validation_error(invalid, Settings.model_fields)) from None
    except (OSError, UnicodeDecodeError) as unreadable:
        raise SettingsError([describe_file_error(unreadable, env_file)]) from None
