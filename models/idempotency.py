"""The stored results of a request that was sent with an Idempotency-Key; a retry within a day returns them."""

import datetime
import uuid
from typing import Any

from sqlmodel import Field, SQLModel

from models.fields import json_object, short_text, timestamp


class IdempotencyRecord(SQLModel, table=True):
    """The results of a request's mutations. Its id is derived from tenant, principal and key, so that no other
    principal can read it."""

    __tablename__ = "idempotency"

    id: uuid.UUID = Field(primary_key=True, description="Derived from the tenant, the principal and the key.")
    fingerprint: str = short_text("The hash of the operation and its variables.", max_length=64)
    outcome: dict[str, Any] = json_object(
        "The response name and the result of each mutation: the ids of the objects, not the objects themselves."
    )
    created_at: datetime.datetime = timestamp("When the first mutation was committed.", index=True)
