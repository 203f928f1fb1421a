"""A snapshot: the state of an event stream at a version, so that older events need not be replayed."""

import datetime
import uuid
from typing import Any

from sqlmodel import Field

from models.base import TenantRow
from models.fields import integer, json_object, short_text, timestamp


class Snapshot(TenantRow, table=True):
    """The state of a stream at a version. It can be deleted and rebuilt from the events at any time."""

    stream_type: str = short_text("The type of the stream.", max_length=50, primary_key=True)
    stream_id: uuid.UUID = Field(primary_key=True, description="The id of the stream.")
    version: int = integer("The version of the last event included.", default=1, primary_key=True)
    schema_version: int = integer("The schema version of the state; snapshots of another one are ignored.", default=1)
    state: dict[str, Any] = json_object("The state of the stream.")
    created_at: datetime.datetime = timestamp("When the last event included happened.")
