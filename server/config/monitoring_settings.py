"""The settings of metrics, traces, the log of slow operations, and the usage of fields."""

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from server.config.secret import require_secret_length


class MonitoringSettings(BaseSettings):
    """What operators observe. All of it is off by default, except the log of slow operations."""

    metrics_port: int = Field(
        0, ge=0, le=65535, description="Port of Prometheus metrics at /metrics; 0 for none. Not for the public."
    )
    metrics_host: str = Field(
        "127.0.0.1", min_length=1, max_length=255, description="The address to listen on at METRICS_PORT."
    )
    metrics_token: SecretStr = Field(
        SecretStr(""),
        description="Bearer token of /metrics, which the server then has at PORT, too; at least 32 bytes.",
    )
    traces: bool = Field(default=False, description="Send traces, as the variables OTEL_… say. Needs the extra otel.")
    slow_operation_ms: int = Field(
        1000, ge=0, le=3_600_000, description="Milliseconds after which an operation is logged as slow; 0 for never."
    )
    record_usage: bool = Field(default=False, description="Record which clients use which fields, for allotment usage.")
    usage_keep_days: int = Field(
        90, ge=1, le=3650, description="Days after which the record of a field's use is deleted."
    )

    @field_validator("metrics_token")
    @classmethod
    def _validate_metrics_token(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value():
            require_secret_length(value.get_secret_value())
        return value

    @property
    def has_metrics(self) -> bool:
        """Whether metrics are collected."""
        return bool(self.metrics_port or self.metrics_token.get_secret_value())
