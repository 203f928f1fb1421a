"""Caches of plans whose results contain dates and times as they are: the encoder of responses writes them as the
scalars serialize them, but faster (docs/decisions/0073)."""

import datetime
from typing import Any

from executor import NativeScalar, PlanCache
from schema.scalars import DATE, DATE_TIME

NATIVE_SCALARS = {
    DATE_TIME.name: NativeScalar(datetime.datetime, "tzinfo", datetime.UTC),
    DATE.name: NativeScalar(datetime.date),
}
"""See encode_json in server/graphql/response_encoding.py."""


def build_plan_cache(**options: Any) -> PlanCache:
    """Build a cache with the options of PlanCache."""
    return PlanCache(native_scalars=NATIVE_SCALARS, **options)


PLAN_CACHE = build_plan_cache()
"""The plans of the operations that are not traced."""
