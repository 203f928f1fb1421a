"""A snapshot: what a stream had come to at a version, so that it need not be read from its beginning."""

import datetime
import uuid
from typing import Any

from sqlmodel import Field

from models.base import TenantRow
from models.fields import count, document, line, moment


class Snapshot(TenantRow, table=True):
    """What a stream had come to. It can be thrown away at any time, and made again."""

    stream_type: str = line("The kind of the stream.", longest=50, primary_key=True)
    stream_id: uuid.UUID = Field(primary_key=True, description="Which of its kind.")
    version: int = count("The version of the last event in it.", default=1, primary_key=True)
    form: int = count("The form of the state; one of another is passed over.", default=1)
    state: dict[str, Any] = document("What the stream had come to.")
    created_at: datetime.datetime = moment("When the last event in it happened.")
