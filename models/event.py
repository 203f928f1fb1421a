"""A domain event: an immutable record of a change. Events are append-only."""

import datetime
import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

from sqlmodel import Field

from models import log
from models.base import TenantRow, utc_now
from models.fields import integer, json_object, short_text, timestamp
from models.ids import new_id
from models.relations import Relation
from models.scopes import Domain


class Event(TenantRow, table=True):
    """A recorded change of an object, such as an account or an order. Each object has its own event stream."""

    domain = Domain.HISTORY
    append_only: ClassVar[bool] = True
    unique_together = (("stream_type", "stream_id", "version"),)
    is_log: ClassVar[bool] = True
    relations: ClassVar[Mapping[str, Relation]] = {}

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True, description="The globally unique id.")
    stream_type: str = short_text("The type of the stream: `account`, `order` and so on.", max_length=50)
    stream_id: uuid.UUID = Field(description="The id of the object that the stream belongs to.")
    version: int = integer("The position in the stream, starting at 1.", default=1)
    type: str = short_text("The event type, such as `AccountCredited`.", max_length=100)
    schema_version: int = integer("The schema version of the data.", default=1)
    data: dict[str, Any] = json_object("The payload; its shape depends on the type and the schema version.")
    meta: dict[str, Any] = json_object("The principal (`actor`) and the request (`requestId`) that caused it.")
    created_at: datetime.datetime = timestamp("When it happened.", default_factory=utc_now)
    epoch: int = log.epoch()
    log_transaction: int = log.log_transaction()
    position: int = log.position("event")
