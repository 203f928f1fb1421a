"""Webhooks: create, update, delete, rotate the secret, pause, resume; tests and deliveries that are sent again."""

from typing import Any

from inputs.arguments import ExpectedVersion, Id
from inputs.changes import nouns_of, parse_change_filter
from inputs.webhook import CreateWebhookInput, FailedSince, UpdateWebhookInput
from models import Webhook, WebhookDelivery
from resolvers.context import Context
from resolvers.node import load_row
from resolvers.unpack import decode_id, provided_fields
from services.core.access import Access
from services.core.unit_of_work import UnitOfWork
from services.webhooks import delivery, webhook
from services.webhooks.feed_filter import to_json
from services.webhooks.webhook import NewSecret

ACCESS = Access.ADMIN_USER_ONLY


async def load_webhook(context: Context, id: Id) -> Any:
    return await load_row(context, "webhook", id)


async def create_webhook(context: Context, input: CreateWebhookInput) -> NewSecret:
    services, values = context.services.webhooks, _values(input)
    return await context.write(ACCESS, lambda work: webhook.create_webhook(work, services, values))


async def update_webhook(
    context: Context, id: Id, input: UpdateWebhookInput, expected_version: ExpectedVersion = None
) -> Webhook:
    services, key, values = context.services.webhooks, decode_id("webhook", id), _values(input)
    return await context.write(
        ACCESS, lambda work: webhook.update_webhook(work, services, key, values, expected_version)
    )


async def delete_webhook(work: UnitOfWork, id: Id, expected_version: ExpectedVersion = None) -> Any:
    return await webhook.delete_webhook(work, decode_id("webhook", id), expected_version)


async def rotate_webhook_secret(context: Context, id: Id) -> NewSecret:
    services, key = context.services.webhooks, decode_id("webhook", id)
    return await context.write(ACCESS, lambda work: webhook.rotate_secret(work, services, key))


async def pause_webhook(work: UnitOfWork, id: Id) -> Webhook:
    return await webhook.pause_webhook(work, decode_id("webhook", id))


async def resume_webhook(context: Context, id: Id) -> Webhook:
    services, key = context.services.webhooks, decode_id("webhook", id)
    return await context.write(ACCESS, lambda work: webhook.resume_webhook(work, services, key))


async def test_webhook(context: Context, id: Id) -> WebhookDelivery:
    services, key = context.services.webhooks, decode_id("webhook", id)
    return await context.write(ACCESS, lambda work: delivery.send_test(work, services, key))


async def redeliver_webhook_delivery(context: Context, id: Id) -> WebhookDelivery:
    services, key = context.services.webhooks, decode_id("webhook_delivery", id)
    return await context.write(ACCESS, lambda work: delivery.redeliver(work, services, key))


async def redeliver_failed_webhook_deliveries(context: Context, id: Id, since: FailedSince) -> int:
    services, key = context.services.webhooks, decode_id("webhook", id)
    return await context.write(ACCESS, lambda work: delivery.redeliver_failed(work, services, key, since))


def _values(input: Any) -> dict[str, Any]:
    """Return the provided fields, with the names of types as the audit has them, and the filter as JSON."""
    values = provided_fields(input)
    if "types" in values:
        values["types"] = nouns_of(values["types"])
    if values.get("filter") is not None:
        parse_change_filter(values["filter"])  # raises BadInput if it is malformed
        values["filter"] = to_json(values["filter"])
    return values
