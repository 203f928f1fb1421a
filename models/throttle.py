"""A throttle: how far somebody is ahead of what they may do in a given time."""

import datetime

from sqlmodel import SQLModel

from models.fields import line, moment


class Throttle(SQLModel, table=True):
    """The next moment at which a key would be at rest again (the generic cell rate algorithm's one number)."""

    key: str = line("What is counted, and for whom.", longest=100, primary_key=True)
    rests_at: datetime.datetime = moment("When all that was done is forgotten.", index=True)
