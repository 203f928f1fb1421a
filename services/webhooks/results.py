"""The results of attempts: storing them, scheduling further attempts, and disabling webhooks that fail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, update

from models import Webhook, WebhookDelivery
from models.base import utc_now
from models.relations import table_of
from models.webhook import WebhookDisabledReason, WebhookState
from models.webhook_delivery import MAX_ERROR_LENGTH, MAX_RESPONSE_LENGTH, DeliveryStatus
from queries.scope import visible
from services.core.unit_of_work import UnitOfWork
from services.core.work_leases import HeldLease, renew_in
from services.webhooks.notices import DisabledNotice, load_notice
from services.webhooks.queue import let_next_proceed
from services.webhooks.retries import RetryPolicy

MAX_POSTPONED_SECONDS = 300.0
"""An attempt that cannot be made at present is postponed for twice as long each time, and at most for so long, unless a
longer time is known."""


@dataclass(frozen=True)
class Attempt:
    """The result of an attempt. Without an error, it has succeeded."""

    delivery: Any
    """The row of the delivery."""
    at: datetime
    error: str = ""
    duration_ms: int | None = None
    response_status: int | None = None
    response_body: str = ""
    retry_after: float | None = None
    """The seconds that the endpoint asked for, or for which it is postponed at least."""
    was_sent: bool = True
    """False if the server itself could not send it: that is no failure of the endpoint."""
    is_postponed: bool = False
    """Whether the server can send it later: it is not counted as one of the attempts."""
    is_gone: bool = False
    """Whether the endpoint wants no more deliveries."""

    @property
    def has_succeeded(self) -> bool:
        """Whether the endpoint has accepted the delivery."""
        return self.was_sent and not self.error


async def record_attempts(
    work: UnitOfWork, lease: HeldLease, webhook_id: UUID, attempts: Sequence[Attempt], policy: RetryPolicy
) -> DisabledNotice | None:
    """Store the results, and renew the lease. Return the notice for the owners if the webhook is disabled now. Raise
    LeaseLost if another process delivers for the webhook meanwhile."""
    await renew_in(work, lease)
    finished = set()
    for attempt in attempts:
        values = _new_values(attempt, policy)
        await _update(work, attempt.delivery, values)
        if values.get("status", DeliveryStatus.PENDING) is not DeliveryStatus.PENDING:
            finished.add(attempt.delivery.object_id)
    if finished - {None}:
        await let_next_proceed(work, webhook_id, finished - {None})
    return await _update_webhook(work, webhook_id, attempts, policy)


async def disable(work: UnitOfWork, webhook_id: UUID, reason: WebhookDisabledReason) -> DisabledNotice | None:
    """Disable an active webhook, and return the notice for the owners of its tenant."""
    webhook: Webhook | None = await work.find_for_update(Webhook, webhook_id)
    if webhook is None or webhook.state is not WebhookState.ACTIVE:
        return None
    webhook.state, webhook.disabled_reason = WebhookState.DISABLED, reason
    await work.flush()
    return await load_notice(work, webhook.url, reason)


def _new_values(attempt: Attempt, policy: RetryPolicy) -> dict[str, Any]:
    """Return the new values of the delivery's row."""
    if attempt.is_postponed:
        return {"next_attempt_at": _after(_postponed_seconds(attempt)), "error": attempt.error[:MAX_ERROR_LENGTH]}
    values = {
        "attempts": attempt.delivery.attempts + 1,
        "last_attempt_at": attempt.at,
        "duration_ms": attempt.duration_ms,
        "response_status": attempt.response_status,
        "response_body": attempt.response_body[:MAX_RESPONSE_LENGTH],
        "error": attempt.error[:MAX_ERROR_LENGTH],
    }
    if attempt.has_succeeded:
        return values | {"status": DeliveryStatus.SUCCEEDED, "next_attempt_at": None}
    is_last = attempt.is_gone or attempt.delivery.is_test
    delay_or_none = None if is_last else policy.delay_after(attempt.delivery.attempts + 1, attempt.retry_after)
    if delay_or_none is None:
        return values | {"status": DeliveryStatus.FAILED, "next_attempt_at": None}
    return values | {"next_attempt_at": _after(delay_or_none)}


def _postponed_seconds(attempt: Attempt) -> float:
    """Return for how long an attempt is postponed. The row says for how long it was before: since its last change."""
    row = attempt.delivery
    before = (row.next_attempt_at - row.updated_at).total_seconds() if row.error else 0.0
    return max(attempt.retry_after or 0.0, min(2 * before, MAX_POSTPONED_SECONDS))


def _after(seconds: float) -> datetime:
    return utc_now() + timedelta(seconds=seconds)


async def _update(work: UnitOfWork, delivery: Any, values: dict[str, Any]) -> None:
    table = table_of(WebhookDelivery)
    is_pending = (table.c.id == delivery.id, table.c.status == DeliveryStatus.PENDING)
    changed = update(table).where(visible(table), *is_pending).values(values | {"updated_at": utc_now()})
    await work.rows(changed.returning(table.c.id))


async def _update_webhook(
    work: UnitOfWork, webhook_id: UUID, attempts: Sequence[Attempt], policy: RetryPolicy
) -> DisabledNotice | None:
    """Store whether the endpoint works, and disable the webhook if it has failed for too long."""
    sent = [attempt for attempt in attempts if attempt.was_sent and not attempt.delivery.is_test]
    if not sent:
        return None
    failing_since = await _store_health(work, webhook_id, sent)
    if any(attempt.is_gone for attempt in sent):
        return await disable(work, webhook_id, WebhookDisabledReason.GONE)
    if failing_since is not None and utc_now() - failing_since > policy.disable_after:
        return await disable(work, webhook_id, WebhookDisabledReason.FAILING)
    return None


async def _store_health(work: UnitOfWork, webhook_id: UUID, sent: Sequence[Attempt]) -> datetime | None:
    """Store the times of the last success and failure; return since when all deliveries have failed."""
    table = table_of(Webhook)
    successes = [attempt.at for attempt in sent if attempt.has_succeeded]
    failures = [attempt.at for attempt in sent if not attempt.has_succeeded]
    values: dict[str, Any] = {}
    if successes:
        values |= {"last_success_at": max(successes), "failing_since": None}
    if failures:
        values["last_failure_at"] = max(failures)
    if not successes:
        values["failing_since"] = func.coalesce(table.c.failing_since, min(failures))
    health = update(table).where(visible(table), table.c.id == webhook_id).values(values)
    rows = await work.rows(health.returning(table.c.failing_since))
    return rows[0].failing_since if rows else None
