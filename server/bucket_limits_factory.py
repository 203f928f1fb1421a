"""Builds the limits of the buckets of cost budgets from the settings."""

from server.config.cost_settings import CostSettings
from services.core.cost.buckets import BucketLimit, BucketLimits

_BUCKETS = (
    ("tenant", "the tenant", "tenant"),
    ("user", "the user", "principal"),
    ("api-key", "the API key", "principal"),
    ("address", "the client's address", "anonymous"),
)
"""The kinds of buckets, their owners in messages, and the last part of the names of their settings."""


def build_bucket_limits(settings: CostSettings) -> BucketLimits:
    """Build the limits. A bucket that restores no points is switched off."""
    limits = [_build_limit(settings, *bucket) for bucket in _BUCKETS]
    return BucketLimits({limit.kind: limit for limit in limits if limit.per_second > 0})


def _build_limit(settings: CostSettings, kind: str, owner: str, suffix: str) -> BucketLimit:
    rate, burst = f"cost_per_second_{suffix}", f"cost_burst_{suffix}"
    return BucketLimit(kind, owner, getattr(settings, rate), getattr(settings, burst), (rate.upper(), burst.upper()))
