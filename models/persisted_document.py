"""A persisted document: a GraphQL document that clients send by its id instead of its text."""

import datetime
from collections.abc import Mapping
from typing import ClassVar

from sqlmodel import SQLModel

from models.base import utc_now
from models.fields import required_text, short_text, timestamp
from models.relations import Relation

MAX_ID_LENGTH = 128
MAX_TEXT_LENGTH = 1_000_000


class PersistedDocument(SQLModel, table=True):
    """A document that the operator of the server has registered. It belongs to no tenant, and never changes."""

    __tablename__ = "persisted_document"

    relations: ClassVar[Mapping[str, Relation]] = {}

    id: str = short_text("The id in the client's manifest, often a hash.", max_length=MAX_ID_LENGTH, primary_key=True)
    sha256: str = short_text("The SHA-256 of the text, in hexadecimal.", max_length=64, index=True)
    text: str = required_text("The document.", max_length=MAX_TEXT_LENGTH)
    created_at: datetime.datetime = timestamp("When it was registered.", default_factory=utc_now)
