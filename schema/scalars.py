"""Scalars of our own: a point in time says its offset, so that it means one moment, and errors say what to write."""

import datetime
from typing import Any

from graphql import GraphQLError
from strawberry import scalar
from strawberry.types.scalar import ScalarDefinition


def _write(moment: datetime.datetime) -> str:
    return moment.astimezone(datetime.UTC).isoformat().replace("+00:00", "Z")


def _read(text: Any) -> datetime.datetime:
    try:
        moment = datetime.datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(datetime.UTC)
    except (TypeError, ValueError, OverflowError):
        pass
    raise GraphQLError("A DateTime is written as 2026-01-31T12:00:00Z, with its offset from UTC.")


def _read_day(text: Any) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except (TypeError, ValueError):
        raise GraphQLError("A Date is written as 2026-01-31.") from None


DATE_TIME: ScalarDefinition = scalar(
    name="DateTime",
    description="A point in time (ISO 8601) with its offset from UTC; answered in UTC.",
    serialize=_write,
    parse_value=_read,
)
DATE: ScalarDefinition = scalar(
    name="Date",
    description="A calendar day (ISO 8601), such as 2026-01-31.",
    serialize=datetime.date.isoformat,
    parse_value=_read_day,
)
SCALARS: dict[object, ScalarDefinition] = {datetime.datetime: DATE_TIME, datetime.date: DATE}
