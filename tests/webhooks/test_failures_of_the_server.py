"""Attempts that the server itself cannot send: they are no failures of the endpoint."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from models.base import utc_now
from server.graphql.errors import ErrorCode
from server.webhooks.payloads import PayloadFailed, PayloadPostponed, _check_error, _encode
from services.webhooks.results import MAX_POSTPONED_SECONDS, Attempt, _postponed_seconds
from tests.webhooks.hooks import WebhookFixture
from tests.webhooks.receiver import Receiver
from tests.webhooks.test_states import set_columns


async def test_attempt_that_is_not_sent_is_no_failure_of_the_endpoint(
    hooks: WebhookFixture, receiver: Receiver
) -> None:
    webhook_id, _ = await hooks.create(types=["TASK"])
    since = utc_now() - timedelta(days=6)
    await set_columns(hooks, secret="1:AAAA", failing_since=since)
    await hooks.create_task()
    (delivery,) = await hooks.wait_until_done(1, "FAILED")
    assert delivery["attempts"] == 4
    webhook = await hooks.webhook(webhook_id)
    assert (webhook["state"], webhook["lastFailureAt"]) == ("ACTIVE", None)
    assert receiver.received == []


def error_of(code: ErrorCode) -> dict[str, Any]:
    return {"message": "It takes too long.", "extensions": {"code": code}}


def test_document_that_is_aborted_fails_and_one_that_is_refused_at_present_waits() -> None:
    with pytest.raises(PayloadFailed, match="takes too long"):
        _check_error(error_of(ErrorCode.ABORTED), is_request_error=False)
    with pytest.raises(PayloadPostponed):
        _check_error(error_of(ErrorCode.RATE_LIMITED), is_request_error=True)


@pytest.mark.parametrize(
    ("error", "before", "expected"),
    [
        ("", 3600.0, 2.0),  # it has waited for its turn
        ("Too many requests.", 0.0, 2.0),
        ("Too many requests.", 4.0, 8.0),
        ("Too many requests.", 200.0, MAX_POSTPONED_SECONDS),
    ],
)
def test_postponed_attempts_are_made_less_and_less_often(error: str, before: float, expected: float) -> None:
    now = utc_now()
    row = SimpleNamespace(error=error, updated_at=now, next_attempt_at=now + timedelta(seconds=before))
    attempt = Attempt(row, now, error, retry_after=2.0, was_sent=False, is_postponed=True)
    assert _postponed_seconds(attempt) == pytest.approx(expected)


def test_payload_that_is_too_large_fails_with_a_remedy() -> None:
    assert _encode({"data": "x" * 1_000_000}).startswith(b'{"data":"x')
    with pytest.raises(PayloadFailed, match="1,048,576 bytes: select less"):
        _encode({"data": "x" * 1_048_576})
