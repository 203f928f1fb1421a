"""The arithmetic of token buckets in whole milliseconds, and the keys of principals."""

from uuid import UUID

import pytest

from database.authentication import ANONYMOUS, Principal
from models.membership import Role
from services.core.cost.buckets import BucketKey, BucketLimit, BucketLimits
from tests.services.cost_budget_helpers import build_limit

BUCKETS = [
    (1, 1),
    (1, 1000),
    (3, 1000),
    (7, 50),
    (999, 1),
    (1000, 1),
    (1001, 10**6),
    (4_000_000, 2 * 10**7),
    (10**12, 1),
]
USER_ID, TENANT_ID, KEY_ID = UUID(int=1), UUID(int=2), UUID(int=3)


@pytest.fixture(params=BUCKETS, ids=str)
def limit(request: pytest.FixtureRequest) -> BucketLimit:
    """A limit: slow and fast, small and large."""
    return build_limit("user", *request.param)


def test_rounding_never_loses_points_of_a_lease(limit: BucketLimit) -> None:
    for points in {1, 2, 3, limit.burst // 2 + 1, limit.burst}:
        milliseconds = limit.milliseconds(points)
        assert milliseconds >= 1
        assert limit.points(milliseconds) >= points
        assert limit.whole_milliseconds(limit.points(milliseconds)) <= milliseconds


def test_whole_burst_can_be_leased_and_not_more(limit: BucketLimit) -> None:
    assert limit.milliseconds(limit.burst) == limit.max_lead_ms
    assert limit.available(0) == limit.available(-5) == limit.burst
    assert limit.available(limit.max_lead_ms) == limit.available(10 * limit.max_lead_ms) == 0


def test_points_are_available_after_the_wait(limit: BucketLimit) -> None:
    for lead in {0, 1, limit.max_lead_ms // 2, limit.max_lead_ms}:
        for points in {1, limit.burst // 2 + 1, limit.burst}:
            seconds = limit.wait_seconds(points, lead)
            assert seconds >= 1
            assert limit.available(lead - 1000 * seconds) >= points
            assert seconds == 1 or limit.available(lead - 1000 * (seconds - 1)) <= points


def test_leases_fit_into_the_bucket(limit: BucketLimit) -> None:
    assert 1 <= limit.minimum_lease <= limit.maximum_lease <= limit.burst


def test_keys_of_principals() -> None:
    limits = BucketLimits({kind: build_limit(kind, 1, 1) for kind in ("tenant", "user", "api-key", "address")})
    tenant = BucketKey("tenant", TENANT_ID)
    assert limits.keys_of(ANONYMOUS, "192.0.2.7") == (BucketKey("address", "192.0.2.7"),)
    assert limits.keys_of(Principal(USER_ID), "192.0.2.7") == (BucketKey("user", USER_ID),)
    member = Principal(USER_ID, TENANT_ID, Role.MEMBER)
    assert limits.keys_of(member, "192.0.2.7") == (tenant, BucketKey("user", USER_ID))
    acting = Principal(USER_ID, TENANT_ID, Role.MEMBER, impersonator_id=KEY_ID)
    assert limits.keys_of(acting, "192.0.2.7") == (BucketKey("user", KEY_ID),)
    api_key = Principal(tenant_id=TENANT_ID, role=Role.MEMBER, api_key_id=KEY_ID)
    assert limits.keys_of(api_key, "192.0.2.7") == (tenant, BucketKey("api-key", KEY_ID))


def test_keys_without_a_limit_are_left_out() -> None:
    limits = BucketLimits({"tenant": build_limit("tenant", 1, 1)})
    assert limits.keys_of(ANONYMOUS, "192.0.2.7") == ()
    assert limits.keys_of(Principal(USER_ID, TENANT_ID), "") == (BucketKey("tenant", TENANT_ID),)
