"""The counter that orders the logs of a tenant where transaction ids do not (models/log.py)."""

from sqlalchemy import BigInteger
from sqlmodel import Field

from models.base import TenantRow


class LogCounter(TenantRow, table=True):
    """The number of the tenant's newest transaction that wrote to a log. Only databases that are distributed over
    several servers have such rows."""

    __tablename__ = "log_counter"

    value: int = Field(description="The number.", sa_type=BigInteger)
