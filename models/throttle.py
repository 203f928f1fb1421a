"""A throttle: how far somebody is ahead of what they may do in a given time."""

from sqlmodel import SQLModel

from models.fields import line, milliseconds


class Throttle(SQLModel, table=True):
    """The one number that the generic cell rate algorithm keeps for each key."""

    key: str = line("What is counted, and for whom.", longest=100, primary_key=True)
    rests_at: int = milliseconds("When all that was done will be forgotten.", index=True)
