"""The settings of sign-in events."""

from pydantic import Field
from pydantic_settings import BaseSettings


class SignInSettings(BaseSettings):
    """How long sign-in events are retained."""

    sign_in_events_days: int = Field(
        90, ge=1, le=3_650, description="Days after which sign-in events are deleted, counted from the last occurrence."
    )
