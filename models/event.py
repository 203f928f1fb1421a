"""A domain event: something that happened, in the words of the business. Events are added and never changed."""

import datetime
import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Identity
from sqlmodel import Field

from models.base import TenantRow, now
from models.fields import count, document, line, moment
from models.following import current_transaction, next_position
from models.ids import new_id
from models.relations import Relation


class Event(TenantRow, table=True):
    """Something that happened to an account, an order or the like; each has its own stream of them."""

    append_only: ClassVar[bool] = True
    unique_together = (("stream_type", "stream_id", "version"),)
    listed_by = ("position",)
    relations: ClassVar[Mapping[str, Relation]] = {}

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True, description="Identifies the object everywhere.")
    stream_type: str = line("What it happened to: `account`, `order` and so on.", longest=50)
    stream_id: uuid.UUID = Field(description="To which one of them it happened.")
    version: int = count("Its place in the stream; the first is 1.", default=1)
    type: str = line("What happened, such as `MoneyDeposited`.", longest=100)
    schema_version: int = count("The form that its data had when it was written.", default=1)
    data: dict[str, Any] = document("What there is to know of it; its shape goes with the type.")
    meta: dict[str, Any] = document("Who did it (`actor`), and in which request (`requestId`).")
    created_at: datetime.datetime = moment("When it happened.", default_factory=now)
    position: int = Field(
        default=None,
        description="Its place among all events; gaps mean nothing.",
        sa_type=BigInteger,
        nullable=False,
        sa_column_args=[Identity()],
        sa_column_kwargs={"default": next_position("event")},
    )
    transaction_id: int | None = Field(
        default=None,
        description="The transaction it was written in, where several write at once.",
        sa_type=BigInteger,
        sa_column_kwargs={"default": current_transaction()},
    )
