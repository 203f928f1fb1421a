"""Pausing, resuming and disabling webhooks; tests; rotation of secrets."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import update

from models import Webhook
from models.base import utc_now
from models.relations import table_of
from services.core.change_feed import Cursor, decode_cursor
from tests.support.email_capture import CapturedEmail, EmailCapture
from tests.support.sample_data import fetch_table
from tests.webhooks.hooks import WebhookFixture
from tests.webhooks.receiver import Answer, Receiver

pytestmark = pytest.mark.slow


async def set_columns(hooks: WebhookFixture, **values: object) -> None:
    """Set columns of all webhooks of the tenant."""
    table = table_of(Webhook)
    changed = update(table).values(**values).returning(table.c.id)
    await hooks.app_fixture.tenant.run_use_case(lambda work: work.rows(changed))


async def wait_for_emails(email_capture: EmailCapture) -> list[CapturedEmail]:
    """Wait until an email was sent; return all."""
    async with asyncio.timeout(20):
        while not (emails := await email_capture.sent_emails()):  # noqa: ASYNC110 -- there is no event
            await asyncio.sleep(0.02)
    return emails


async def test_changes_during_a_pause_are_delivered_afterwards(hooks: WebhookFixture, receiver: Receiver) -> None:
    webhook_id, _ = await hooks.create(types=["TASK"])
    await hooks.call("pauseWebhook", id=webhook_id)
    await hooks.create_task("During the pause")
    await hooks.call("testWebhook", id=webhook_id)
    (test,) = await receiver.wait_for(1)  # a test is sent nevertheless
    assert test.payload["type"] == "webhook.test"
    await hooks.call("resumeWebhook", id=webhook_id)
    (_, change) = await receiver.wait_for(2)
    assert change.payload["type"] == "task.created"


async def test_test_is_sent_once_and_signed(hooks: WebhookFixture, receiver: Receiver) -> None:
    receiver.answer = lambda _: Answer(500, b"not today")
    webhook_id, secret = await hooks.create(types=["TASK"])
    await hooks.call("testWebhook", id=webhook_id)
    (delivery,) = await hooks.wait_until_done(1, "FAILED")
    assert (delivery["isTest"], delivery["attempts"], delivery["responseBody"]) == (True, 1, "not today")
    assert (delivery["type"], delivery["objectId"], delivery["action"]) == (None, None, None)
    assert receiver.received[0].verify(secret)["type"] == "webhook.test"
    assert (await hooks.webhook(webhook_id))["failingSince"] is None


async def test_test_that_is_sent_again_delays_no_other_test(hooks: WebhookFixture, receiver: Receiver) -> None:
    webhook_id, _ = await hooks.create(types=["TASK"])
    await hooks.call("testWebhook", id=webhook_id)
    (first,) = await hooks.wait_until_done(1)
    await hooks.work.dispatcher.close()  # the later test stays pending
    await hooks.call("testWebhook", id=webhook_id)
    await hooks.call("redeliverWebhookDelivery", id=first["id"])
    assert all(each["nextAttemptAt"] for each in await hooks.deliveries())


async def test_endpoint_that_is_gone_is_disabled_and_its_owners_are_notified(
    hooks: WebhookFixture, receiver: Receiver, email_capture: EmailCapture
) -> None:
    receiver.answer = lambda _: Answer(410)
    webhook_id, _ = await hooks.create(types=["TASK"])
    await hooks.create_task()
    webhook = await hooks.wait_for_state(webhook_id, "DISABLED")
    assert webhook["disabledReason"] == "GONE"
    (delivery,) = await hooks.wait_until_done(1, "FAILED")
    assert delivery["attempts"] == 1
    (email,) = await wait_for_emails(email_capture)
    assert email.recipient == "owner@here.test"
    assert "127.0.0.1" in email.text
    assert "/hooks" not in email.text


async def test_endpoint_that_fails_for_days_is_disabled(
    hooks: WebhookFixture, receiver: Receiver, email_capture: EmailCapture
) -> None:
    receiver.answer = lambda _: Answer(500)
    webhook_id, _ = await hooks.create(types=["TASK"])
    await set_columns(hooks, failing_since=utc_now() - timedelta(days=6))
    await hooks.create_task()
    assert (await hooks.wait_for_state(webhook_id, "DISABLED"))["disabledReason"] == "FAILING"
    assert len(await wait_for_emails(email_capture)) == 1
    pending = [each for each in await hooks.deliveries() if each["status"] == "PENDING"]
    receiver.answer = lambda _: Answer()
    await hooks.call("resumeWebhook", id=webhook_id)
    await hooks.wait_until_done(len(pending))
    webhook = await hooks.webhook(webhook_id)
    assert (webhook["state"], webhook["disabledReason"], webhook["failingSince"]) == ("ACTIVE", None, None)


async def test_success_ends_the_time_of_failures(hooks: WebhookFixture, receiver: Receiver) -> None:
    webhook_id, _ = await hooks.create(types=["TASK"])
    await set_columns(hooks, failing_since=utc_now() - timedelta(days=6))
    await hooks.create_task()
    await hooks.wait_until_done(1)
    webhook = await hooks.webhook(webhook_id)
    assert (webhook["state"], webhook["failingSince"]) == ("ACTIVE", None)


async def test_webhook_is_disabled_if_changes_have_expired(hooks: WebhookFixture, receiver: Receiver) -> None:
    webhook_id, _ = await hooks.create(types=["TASK"])
    await hooks.create_task("Delivered")
    await hooks.wait_until_done(1)
    (row,) = await fetch_table(hooks.app_fixture.tenant, Webhook)
    cursor = decode_cursor(row["cursor"])
    await set_columns(hooks, cursor=Cursor(cursor.tenant, cursor.position, utc_now() - timedelta(days=40)).encode())
    await hooks.create_task("Lost")
    assert (await hooks.wait_for_state(webhook_id, "DISABLED"))["disabledReason"] == "CHANGES_EXPIRED"
    await hooks.call("resumeWebhook", id=webhook_id)
    await hooks.create_task("Delivered again")
    await hooks.wait_until_done(2)
    assert len(receiver.received) == 2


async def test_webhook_is_disabled_if_its_filter_is_not_valid_any_more(hooks: WebhookFixture) -> None:
    webhook_id, _ = await hooks.create(types=["TASK"])
    await set_columns(hooks, filter={"type": {"in": ["GONE"]}})
    await hooks.create_task()
    assert (await hooks.wait_for_state(webhook_id, "DISABLED"))["disabledReason"] == "FILTER_INVALID"


async def test_deliveries_have_two_signatures_after_a_rotation(hooks: WebhookFixture, receiver: Receiver) -> None:
    webhook_id, old = await hooks.create(types=["TASK"])
    new = (await hooks.call("rotateWebhookSecret", id=webhook_id))["secret"]
    await hooks.create_task()
    (delivery,) = await receiver.wait_for(1)
    assert delivery.verify(old) == delivery.verify(new)
    await set_columns(hooks, previous_secret_expires_at=utc_now() - timedelta(seconds=1))
    await hooks.call("resumeWebhook", id=webhook_id)  # so that the dispatcher reads it again
    await hooks.create_task()
    (_, later) = await receiver.wait_for(2)
    assert later.verify(new)
    assert " " not in later.headers["webhook-signature"]


async def test_delivery_with_an_unreadable_secret_fails_with_a_remedy(
    hooks: WebhookFixture, receiver: Receiver
) -> None:
    webhook_id, _ = await hooks.create(types=["TASK"])
    await set_columns(hooks, secret="1:AAAA")
    await hooks.create_task()
    (delivery,) = await hooks.wait_until_done(1, "FAILED")
    assert "Rotate it" in delivery["error"]
    assert receiver.received == []
    await hooks.call("rotateWebhookSecret", id=webhook_id)
    await set_columns(hooks, previous_secret=None)
    await hooks.call("redeliverWebhookDelivery", id=delivery["id"])
    await hooks.wait_until_done(1)


async def test_deleted_webhook_receives_nothing(hooks: WebhookFixture, receiver: Receiver) -> None:
    webhook_id, _ = await hooks.create(types=["TASK"])
    other_id, _ = await hooks.create(types=["TASK"])
    await hooks.create_task()
    await hooks.wait_until_done(2)
    await hooks.call("deleteWebhook", id=webhook_id)
    await hooks.create_task()
    await receiver.wait_for(3)
    assert {each["webhook"]["id"] for each in await hooks.deliveries()} == {other_id}


@pytest.mark.parametrize("status", [429, 503])
async def test_endpoint_can_postpone_the_next_attempt(hooks: WebhookFixture, receiver: Receiver, status: int) -> None:
    receiver.answer = lambda _: Answer(status, headers=("Retry-After: 3600",))
    await hooks.create(types=["TASK"])
    await hooks.create_task()
    await receiver.wait_for(1)
    (delivery,) = await hooks.wait_for_attempts(1)
    assert delivery["nextAttemptAt"] > (utc_now() + timedelta(minutes=50)).isoformat()
