"""The settings of documents that clients send by an id."""

from pydantic import Field
from pydantic_settings import BaseSettings

from server.config.setting_types import PersistedMode


class DocumentSettings(BaseSettings):
    """Whether clients may send documents by their ids, or must."""

    persisted: PersistedMode = Field(
        "allowed",
        description="Documents sent by their ids: off, allowed, or required (only registered documents are executed).",
    )
