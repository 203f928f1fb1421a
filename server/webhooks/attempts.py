"""One attempt to deliver: build the payload, sign it, and send it."""

import logging
import time
from dataclasses import dataclass
from typing import Any

from database.fair_gate import FairGate
from models.base import utc_now
from models.ids import public_id
from server.webhooks.client import Post, Response, SendFailed
from server.webhooks.payloads import PayloadBuilder, PayloadFailed, PayloadPostponed
from server.webhooks.statistics import WebhookStatistics
from services.core.secret_cipher import SecretCipher, SecretUnreadable
from services.core.work_leases import HeldLease
from services.webhooks.results import Attempt
from services.webhooks.signing import sign

logger = logging.getLogger("allotment.webhooks")

_GONE = 410
_RETRY_AFTER_STATUSES = {429, 503}


@dataclass(frozen=True)
class Sender:
    """Makes the attempts of one process: only so many at the same time, in which tenants take turns."""

    post: Post
    payloads: PayloadBuilder
    cipher: SecretCipher
    gate: FairGate
    timeout: float
    statistics: WebhookStatistics

    async def attempt(self, lease: HeldLease, webhook: Any, delivery: Any) -> Attempt:
        """Make an attempt, count it, and return its result."""
        attempt = await self._attempt(lease, webhook, delivery)
        self.statistics.note(attempt)
        return attempt

    async def _attempt(self, lease: HeldLease, webhook: Any, delivery: Any) -> Attempt:
        """Make an attempt. It is not sent if the lease may end meanwhile: another process could
        then send the same delivery, or the next one of its object."""
        group = f"tenant:{webhook.tenant_id}"
        await self.gate.enter(group)
        try:
            body = await self.payloads.build(webhook, delivery)
            if lease.remaining_seconds < self.timeout:
                return _postpone(delivery, "The process lost the lease.", 0)
            return await self._send(webhook, delivery, body)
        except PayloadPostponed as error:
            return _postpone(delivery, str(error), error.retry_after)
        except (PayloadFailed, SecretUnreadable) as error:
            return Attempt(delivery, utc_now(), str(error), was_sent=False)
        except Exception:
            logger.exception("A delivery to webhook %s failed", webhook.id)
            return Attempt(delivery, utc_now(), "An internal error occurred and was logged.", was_sent=False)
        finally:
            self.gate.leave(group)

    async def _send(self, webhook: Any, delivery: Any, body: bytes) -> Attempt:
        at, started_at = utc_now(), time.monotonic()
        secrets = self._signing_secrets(webhook)
        headers = sign(body, public_id("webhook_delivery", delivery.id), at, secrets)
        try:
            response = await self.post(webhook.url, body, headers | _CONTENT_TYPE)
        except SendFailed as error:
            return Attempt(delivery, at, str(error), _milliseconds_since(started_at))
        return _evaluate(delivery, at, response, _milliseconds_since(started_at))

    def _signing_secrets(self, webhook: Any) -> list[str]:
        """Return the secret, and the previous one while it is valid."""
        stored = [webhook.secret]
        until = webhook.previous_secret_expires_at
        if webhook.previous_secret is not None and until is not None and until > utc_now():
            stored.append(webhook.previous_secret)
        return [self.cipher.decrypt(each, webhook.id) for each in stored]


_CONTENT_TYPE = {"Content-Type": "application/json"}


def _postpone(delivery: Any, reason: str, seconds: float) -> Attempt:
    return Attempt(delivery, utc_now(), reason, was_sent=False, is_postponed=True, retry_after=seconds)


def _evaluate(delivery: Any, at: Any, response: Response, duration_ms: int) -> Attempt:
    status = response.status
    return Attempt(
        delivery,
        at,
        _find_failure(status),
        duration_ms,
        status,
        response.body,
        response.retry_after if status in _RETRY_AFTER_STATUSES else None,
        is_gone=status == _GONE,
    )


def _find_failure(status: int) -> str:
    if 200 <= status < 300:  # noqa: PLR2004
        return ""
    if 300 <= status < 400:  # noqa: PLR2004
        return f"The endpoint answered with a redirect ({status}), which is not followed."
    return f"The endpoint answered with the status {status}."


def _milliseconds_since(started_at: float) -> int:
    return round((time.monotonic() - started_at) * 1000)
