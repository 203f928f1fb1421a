"""The settings of webhooks and of the server's own scheduled work."""

from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode

_MINUTE, _HOUR = 60, 60 * 60
STANDARD_SCHEDULE: tuple[float, ...] = (
    *(5, 5 * _MINUTE, 30 * _MINUTE),
    *(hours * _HOUR for hours in (2, 5, 10, 14, 20, 24)),
)
"""The seconds between attempts that Standard Webhooks recommends: ten attempts in about three days."""
Delay = Annotated[float, Field(ge=0.05, le=30 * 86_400, allow_inf_nan=False)]


def _split(value: object) -> object:
    """Parse a list that is separated by commas; return any other type unchanged."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_split)]
_LOOPBACK = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))


def default_networks(values: dict[str, Any]) -> tuple[IPv4Network | IPv6Network, ...]:
    """Return the networks that webhooks may connect to although they are not public: in development, this machine."""
    return _LOOPBACK if values.get("environment") == "development" else ()


def runs_background_work(values: dict[str, Any]) -> bool:
    """Return whether the process works in the background: not in tests, which do so when they need it."""
    return values.get("environment") != "test"


class WebhookSettings(BaseSettings):
    """Where deliveries may be sent, how many at once, and when they are given up."""

    webhook_timeout: Annotated[float, Field(ge=0.1, le=60, allow_inf_nan=False)] = Field(
        15.0, description="Seconds in which an endpoint must answer a delivery."
    )
    webhook_concurrency: int = Field(32, ge=1, le=1000, description="Deliveries that each process sends at once.")
    webhook_endpoint_concurrency: int = Field(
        8, ge=1, le=100, description="Deliveries that are sent to one webhook at once."
    )
    webhook_retry_seconds: Annotated[tuple[Delay, ...], NoDecode, BeforeValidator(_split)] = Field(
        STANDARD_SCHEDULE, max_length=50, description="Seconds between the attempts of a delivery, separated by commas."
    )
    webhook_disable_days: int = Field(
        5, ge=1, le=25, description="Days of failures only, after which a webhook is disabled."
    )
    webhook_keep_days: int = Field(
        30, ge=1, le=36_500, description="Days for which deliveries that have ended are retained."
    )
