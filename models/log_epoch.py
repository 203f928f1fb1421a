"""An epoch of the logs: a part of the database's history in which transaction ids only increase."""

import datetime

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.base import utc_now
from models.fields import short_text, timestamp


class LogEpoch(SQLModel, table=True):
    """A cluster and timeline of PostgreSQL that wrote to the logs. Another one begins when the database is restored
    into another cluster, recovered to a point in time, or continued by a promoted replica. SQLite has one epoch."""

    __tablename__ = "log_epoch"
    __table_args__ = (UniqueConstraint("system_identifier", "timeline"),)

    id: int = Field(
        description="The number; greater than those of earlier epochs, and different in diverging histories.",
        sa_type=BigInteger,
        primary_key=True,
        sa_column_kwargs={"autoincrement": False},
    )
    system_identifier: str = short_text("The identifier of the cluster (`pg_control_system`).", max_length=50)
    timeline: str = short_text("The timeline: how the names of the log files begin.", max_length=8)
    created_at: datetime.datetime = timestamp("When it began.", default_factory=utc_now)
