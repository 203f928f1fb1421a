"""Deliveries of changes."""

import pytest

from tests.webhooks.hooks import WebhookFixture
from tests.webhooks.receiver import Answer, Receiver


@pytest.mark.any_server
async def test_change_is_delivered_and_signed(hooks: WebhookFixture, receiver: Receiver) -> None:
    webhook_id, secret = await hooks.create(types=["TASK"])
    task_id = await hooks.create_task()
    (received,) = await receiver.wait_for(1)
    payload = received.verify(secret)
    (delivery,) = await hooks.wait_until_done(1)
    assert payload["type"] == "task.created"
    assert payload["data"]["objectId"] == task_id == delivery["objectId"]
    assert payload["data"].keys() == {
        *("type", "objectId", "action", "changedFields", "version", "requestId", "createdAt", "cursor")
    }
    assert received.id == delivery["messageId"] == delivery["id"]
    assert received.headers["content-type"] == "application/json"
    assert (delivery["attempts"], delivery["responseStatus"], delivery["error"]) == (1, 204, "")
    assert delivery["webhook"]["id"] == webhook_id
    assert (await hooks.webhook(webhook_id))["lastSuccessAt"] is not None


async def test_failed_delivery_is_repeated_with_the_same_id(hooks: WebhookFixture, receiver: Receiver) -> None:
    receiver.answer = lambda _: Answer(500 if len(receiver.received) < 3 else 200, b"oops")
    await hooks.create(types=["TASK"])
    await hooks.create_task()
    (delivery,) = await hooks.wait_until_done(1)
    assert len({received.id for received in receiver.received}) == 1
    assert (delivery["attempts"], delivery["responseStatus"], delivery["responseBody"]) == (3, 200, "oops")


async def test_delivery_fails_after_all_attempts_and_can_be_sent_again(
    hooks: WebhookFixture, receiver: Receiver
) -> None:
    receiver.answer = lambda _: Answer(500)
    webhook_id, _ = await hooks.create(types=["TASK"])
    await hooks.create_task()
    (delivery,) = await hooks.wait_until_done(1, "FAILED")
    assert (delivery["attempts"], delivery["nextAttemptAt"]) == (4, None)
    assert delivery["error"] == "The endpoint answered with the status 500."
    assert (await hooks.webhook(webhook_id))["failingSince"] is not None
    receiver.answer = lambda _: Answer()
    await hooks.call("redeliverWebhookDelivery", id=delivery["id"])
    await hooks.wait_until_done(1)
    assert {received.id for received in receiver.received} == {delivery["id"]}
    assert (await hooks.webhook(webhook_id))["failingSince"] is None
