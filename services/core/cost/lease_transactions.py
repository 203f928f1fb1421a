"""Leasing from the buckets in the database, and returning what was leased, each in one short transaction.

Keys are sorted, so that the transactions of several processes lock them in the same order.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import select, update

from models import Throttle
from models.relations import table_of
from services.core.cost.lease import Grant, LeaseRequest
from services.core.gcra import build_advance, delete_idle
from services.core.unit_of_work import UnitOfWork

TRANSACTIONS_PER_CLEANUP = 64
"""One in this many transactions also deletes idle keys."""


async def lease(work: UnitOfWork, requests: Sequence[LeaseRequest], now_ms: int) -> dict[str, Grant]:
    """Lease from each bucket what is requested, or the rest if that is enough; return the grants by key."""
    grants = {}
    for request in sorted(requests, key=lambda request: request.key):
        cost = request.limit.milliseconds(request.points)
        arrival = await _advance(work, request, now_ms, cost)
        if arrival is None:
            grants[request.key] = await _lease_rest(work, request, now_ms)
        else:
            grants[request.key] = Grant(request.limit.points(cost), arrival - now_ms, is_complete=True)
    if now_ms % TRANSACTIONS_PER_CLEANUP == 0:
        await delete_idle(work, now_ms)
    return grants


async def return_leases(work: UnitOfWork, returned_ms: Mapping[str, int]) -> None:
    """Move the theoretical arrival times back by these milliseconds."""
    throttle = table_of(Throttle)
    for key in sorted(returned_ms):
        earlier = {"theoretical_arrival": throttle.c.theoretical_arrival - returned_ms[key]}
        await work.rows(update(throttle).where(throttle.c.key == key).values(earlier).returning(throttle.c.key))


async def _advance(work: UnitOfWork, request: LeaseRequest, now_ms: int, cost_ms: int) -> int | None:
    """Advance the theoretical arrival time; return the new one, or None if the bucket has too few points."""
    max_lead = request.limit.max_lead_ms
    rows = await work.rows(build_advance(work.dialect, request.key, now_ms, cost_ms=cost_ms, max_lead_ms=max_lead))
    return rows[0].theoretical_arrival if rows else None


async def _lease_rest(work: UnitOfWork, request: LeaseRequest, now_ms: int) -> Grant:
    """Lease the points that the bucket still has, if the smallest waiting request needs no more."""
    throttle = table_of(Throttle)
    locked = select(throttle.c.theoretical_arrival).where(throttle.c.key == request.key).with_for_update()
    rows = await work.rows(locked)
    arrival = rows[0].theoretical_arrival if rows else now_ms
    rest = request.limit.max_lead_ms - max(0, arrival - now_ms)
    if rest < request.limit.milliseconds(request.minimum_points):
        return Grant(0, arrival - now_ms, is_complete=False)
    await _advance(work, request, now_ms, rest)
    return Grant(request.limit.points(rest), request.limit.max_lead_ms, is_complete=False)
