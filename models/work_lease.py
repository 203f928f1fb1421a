"""A work lease: a piece of work of the server itself that only one process performs at a time."""

import datetime
import uuid

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from models.fields import any_reference, short_text, timestamp


class WorkLease(SQLModel, table=True):
    """When a piece of work is due, and which process holds it until when. It belongs to no tenant."""

    __tablename__ = "work_lease"
    __table_args__ = (Index("ix_work_lease_kind_due_at", "kind", "due_at"),)

    name: str = short_text("The name of the work, unique in the server.", max_length=200, primary_key=True)
    kind: str = short_text("The kind of work, which says what performs it.", max_length=30)
    tenant_id: uuid.UUID | None = any_reference(
        "The tenant for which it is performed, if any.", default=None, index=True
    )
    due_at: datetime.datetime = timestamp("When it is to be performed next.")
    owner: str | None = short_text("The process that holds it; null if none does.", max_length=100, default=None)
    fencing_number: int = Field(
        default=0, sa_type=BigInteger, description="How often it was acquired: writes of former holders are refused."
    )
    expires_at: datetime.datetime | None = timestamp("Until when it is held; null if it is not.", default=None)
