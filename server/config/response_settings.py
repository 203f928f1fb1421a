"""The settings of HTTP requests and their responses."""

from pydantic import Field
from pydantic_settings import BaseSettings

from server.config.operation_limits import DEFAULT_LIMITS


class ResponseSettings(BaseSettings):
    """The size of requests and the number of their operations, and the size of responses and their compression."""

    max_body_bytes: int = Field(
        1_048_576,
        ge=1024,
        le=1_073_741_824,
        description="Maximum size of a request body in bytes; larger requests get status 413.",
    )
    max_batch: int = Field(
        10, ge=0, le=100, description="Operations that a batched request may contain; 0 or 1 for no batches."
    )
    max_response_bytes: int = Field(
        DEFAULT_LIMITS.response_bytes,
        ge=1024,
        le=1_073_741_824,
        description="Maximum size of a response body in bytes; larger ones are refused with COST_EXCEEDED.",
    )
    compress_min_bytes: int = Field(
        1024,
        ge=0,
        le=1_073_741_824,
        description="Size in bytes from which on responses are compressed for clients that accept it; 0 for never.",
    )
