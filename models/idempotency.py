"""What came of a write that was sent with an Idempotency-Key, kept so that it can be answered again for a day."""

import datetime
import uuid
from typing import Any

from sqlmodel import Field, SQLModel

from models.fields import document, line, moment


class Idempotency(SQLModel, table=True):
    """What came of a write. Its key is made of the tenant's, the actor's and the client's: nobody else finds it."""

    id: uuid.UUID = Field(primary_key=True, description="Made of who wrote, where, with which key.")
    fingerprint: str = line("Made of the operation and its variables.", longest=64)
    outcome: dict[str, Any] = document("What came of it: ids, not what they stand for.")
    created_at: datetime.datetime = moment("When it was written.", index=True)
