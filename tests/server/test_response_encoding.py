"""Responses contain dates and times as the scalars serialize them."""

import datetime
from typing import Any

import orjson
import pytest

from schema.scalars import DATE, DATE_TIME
from server.graphql.plan_caches import NATIVE_SCALARS
from server.graphql.response_encoding import encode_in_pieces, encode_json, encode_part

UTC = datetime.UTC
TIMES = (
    datetime.datetime.min.replace(tzinfo=UTC),
    datetime.datetime.max.replace(tzinfo=UTC),
    datetime.datetime(999, 1, 1, tzinfo=UTC),
    datetime.datetime(2026, 3, 1, 12, 30, tzinfo=UTC),
    datetime.datetime(2026, 3, 1, 12, 30, 1, 1, tzinfo=UTC),
    datetime.datetime(2026, 3, 1, 12, 30, 1, 120_000, tzinfo=UTC),
    datetime.datetime(2026, 3, 1, 12, 30, tzinfo=UTC, fold=1),
)
DATES = (datetime.date.min, datetime.date.max, datetime.date(2026, 3, 1))


@pytest.mark.parametrize(("scalar", "values"), [(DATE_TIME, TIMES), (DATE, DATES)])
async def test_native_values_are_encoded_as_their_scalar_serializes_them(scalar: Any, values: tuple[Any, ...]) -> None:
    native = NATIVE_SCALARS[scalar.name]
    for value in values:
        assert type(value) is native.class_
        assert native.attribute is None or getattr(value, native.attribute) is native.value
        expected = orjson.dumps({"value": [scalar.serialize(value)]})
        assert encode_json({"value": [value]}) == expected
        assert await encode_in_pieces({"value": [value]}, 100) == [expected]
        assert orjson.dumps(encode_part({"value": [value]})[0]) == expected
