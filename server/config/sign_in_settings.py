"""The settings of sessions and sign-in events."""

from pydantic import Field
from pydantic_settings import BaseSettings


class SignInSettings(BaseSettings):
    """How long access tokens and sessions are valid, and how long sign-in events are retained."""

    access_token_minutes: int = Field(15, ge=1, le=1440, description="Minutes until an access token expires.")
    session_days: int = Field(30, ge=1, le=400, description="Days until a session expires, even if it is used.")
    sign_in_events_days: int = Field(
        90, ge=1, le=3_650, description="Days after which sign-in events are deleted, counted from the last occurrence."
    )
