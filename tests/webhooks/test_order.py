"""The order of deliveries, and how many are sent at the same time."""

from collections import defaultdict

import pytest

from models import Task
from tests.webhooks.hooks import WebhookFixture
from tests.webhooks.receiver import Answer, Delivery, Receiver

UPDATE_TASK = """mutation ($id: ID!, $title: String!) {
  updateTask(id: $id, input: {title: $title}) { task { version } userErrors { message } }
}"""

pytestmark = pytest.mark.slow


async def change_task(hooks: WebhookFixture, id: str, title: str) -> None:
    (await hooks.app_fixture.tenant.client()(UPDATE_TASK, id=id, title=title)).payload("updateTask")


async def test_changes_of_an_object_are_delivered_in_order_and_others_go_on(
    hooks: WebhookFixture, receiver: Receiver
) -> None:
    """The first change of one task fails twice; until it succeeds, later ones of this task wait, others do not."""
    failing: list[str] = []

    def answer(delivery: Delivery) -> Answer:
        attempts = sum(each.id == delivery.id for each in receiver.received)
        is_failing = delivery.object_id in failing and delivery.payload["data"]["version"] == 1 and attempts < 3
        return Answer(500 if is_failing else 200)

    receiver.answer = answer
    webhook_id, _ = await hooks.create(types=["TASK"])
    await hooks.call("pauseWebhook", id=webhook_id)  # until all changes are made
    ids = [await hooks.create_task(f"Task {number}") for number in range(3)]
    failing.append(ids[0])
    for number in range(2, 4):
        for id in ids:
            await change_task(hooks, id, f"Title {number}")
    await hooks.call("resumeWebhook", id=webhook_id)
    await hooks.wait_until_done(9)
    versions = defaultdict(list)
    for delivery in receiver.received:
        versions[delivery.object_id].append(delivery.payload["data"]["version"])
    assert versions == {ids[0]: [1, 1, 1, 2, 3], ids[1]: [1, 2, 3], ids[2]: [1, 2, 3]}
    last_of_failing = max(i for i, each in enumerate(receiver.received) if each.object_id == ids[0])
    assert last_of_failing == len(receiver.received) - 1


async def test_number_of_deliveries_at_the_same_time_is_limited(hooks: WebhookFixture, receiver: Receiver) -> None:
    receiver.answer = lambda _: Answer(delay=0.1)
    await hooks.create(types=["TASK"])
    for number in range(20):
        await hooks.insert_task(f"Task {number}")
    hooks.wake()
    await hooks.wait_until_done(20)
    assert 2 <= receiver.most_running <= 8


async def test_endpoint_that_hangs_delays_no_other_webhook(hooks: WebhookFixture, receiver: Receiver) -> None:
    receiver.answer = lambda delivery: Answer(delay=60 if delivery.path == "/hang" else 0)
    await hooks.create(types=["TASK"], url=f"http://127.0.0.1:{receiver.port}/hang")
    await hooks.create(types=["TASK"])
    for number in range(5):
        await hooks.insert_task(f"Task {number}")
    hooks.wake()
    await hooks.wait_until_done(5)
    assert {each.path for each in receiver.received[:6]} >= {"/hooks"}


async def test_failing_endpoint_gets_fewer_deliveries_at_the_same_time(
    hooks: WebhookFixture, receiver: Receiver
) -> None:
    receiver.answer = lambda _: Answer(500, delay=0.02)
    await hooks.create(types=["TASK"])
    for number in range(12):
        await hooks.insert_task(f"Task {number}")
    hooks.wake()
    await hooks.wait_until_done(12, "FAILED")
    receiver.most_running = 0
    await hooks.insert_task("One more")
    await hooks.insert_task("And another")
    hooks.wake()
    deliveries = await hooks.wait_until_done(14, "FAILED")
    assert receiver.most_running <= 8
    assert [each["attempts"] for each in deliveries] == [4] * 14


async def test_redelivered_change_comes_before_later_ones_of_its_object(
    hooks: WebhookFixture, receiver: Receiver
) -> None:
    receiver.answer = lambda delivery: Answer(500 if delivery.payload["data"]["version"] == 1 else 200)
    webhook_id, _ = await hooks.create(types=["TASK"])
    task = await hooks.insert_task("Dig")
    hooks.wake()
    (failed,) = await hooks.wait_until_done(1, "FAILED")
    await hooks.call("pauseWebhook", id=webhook_id)
    assert isinstance(task, Task)
    await change_task(hooks, failed["objectId"], "Dig deeper")
    receiver.answer = lambda _: Answer()
    count = len(receiver.received)
    payload = await hooks.call("redeliverFailedWebhookDeliveries", id=webhook_id, since="2020-01-01T00:00:00Z")
    assert payload["count"] == 1
    await hooks.call("resumeWebhook", id=webhook_id)
    await hooks.wait_until_done(2)
    assert [each.payload["data"]["version"] for each in receiver.received[count:]] == [1, 2]


async def test_metrics_count_attempts(hooks: WebhookFixture, receiver: Receiver) -> None:
    receiver.answer = lambda _: Answer(500 if len(receiver.received) == 1 else 200)
    await hooks.create(types=["TASK"])
    await hooks.create_task()
    await hooks.wait_until_done(1)
    attempts, duration, lag = hooks.work.statistics.collect()
    assert attempts.values == {("failed",): 1, ("succeeded",): 1}
    counts = [family.values[()] for family in (duration, lag)]
    assert [sum(each[:-1]) for each in counts if isinstance(each, list)] == [2, 1]
