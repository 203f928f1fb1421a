"""The settings of the health checks."""

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from server.config.secret import require_secret_length


class HealthSettings(BaseSettings):
    """Who may read the details of the health checks."""

    ready_token: SecretStr = Field(
        SecretStr(""),
        description="Bearer token with which /ready returns details; at least 32 bytes. By default, it returns none.",
    )

    @field_validator("ready_token")
    @classmethod
    def _validate_ready_token(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value():
            require_secret_length(value.get_secret_value())
        return value
