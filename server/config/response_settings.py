"""The settings of responses."""

from pydantic import Field
from pydantic_settings import BaseSettings

DEFAULT_MAX_RESPONSE_BYTES = 16 * 2**20


class ResponseSettings(BaseSettings):
    """The limit on the size of responses."""

    max_response_bytes: int = Field(
        DEFAULT_MAX_RESPONSE_BYTES,
        ge=1024,
        le=1_073_741_824,
        description="Maximum size of a response body in bytes; larger ones are refused with COST_EXCEEDED.",
    )
