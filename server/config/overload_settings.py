"""Settings that bound the time, number and shares of requests."""

from pydantic import Field
from pydantic_settings import BaseSettings

from server.config.setting_types import Seconds


class OverloadSettings(BaseSettings):
    """The deadline of requests, and the limits with which the server refuses requests instead of slowing down."""

    request_timeout: Seconds = Field(
        60.0, description="Seconds from the receipt of a request after which its execution is aborted."
    )
    max_concurrent_requests: int = Field(
        10, ge=1, le=10_000, description="GraphQL requests that each process executes at the same time."
    )
    max_queued_requests: int = Field(
        500, ge=0, le=100_000, description="Requests that may wait in each process; further ones get status 503."
    )
    max_request_memory_bytes: int = Field(
        268_435_456,
        ge=1_048_576,
        le=1_099_511_627_776,
        description="Maximum bytes of large bodies and responses in each process, a quarter of it for one network.",
    )
    tenant_share: float = Field(
        0.8,
        ge=0.01,
        le=1,
        allow_inf_nan=False,
        description="Largest part of the executing requests and of the database connections that one tenant may use.",
    )
