"""A throttle: the state of one rate limit for one key."""

from sqlmodel import SQLModel

from models.fields import epoch_milliseconds, short_text


class Throttle(SQLModel, table=True):
    """The theoretical arrival time that the generic cell rate algorithm (GCRA) stores for a key."""

    key: str = short_text("The limit and the client it applies to.", max_length=100, primary_key=True)
    theoretical_arrival: int = epoch_milliseconds("When the full limit is available again.", index=True)
