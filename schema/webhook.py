"""Webhooks and their deliveries: types, queries and mutations."""

from typing import Any

import strawberry

from inputs.changes import ChangeAction, ChangedType, find_type, types_of
from inputs.enums import register_enum
from models import Webhook, WebhookDelivery
from models.ids import public_id
from resolvers import webhook
from resolvers.changes import object_id
from schema.connection import connection_type
from schema.derive import field_description, lazy_type, object_type
from schema.fields import computed_field
from schema.mutations import TransactionRefusal, delete_mutation, mutation, payload_field, row_field, row_mutation
from schema.node import Node
from schema.relations import history_field, to_many, to_one
from schema.root_fields import list_field, root_field

ACCESS = webhook.ACCESS


@object_type(
    Webhook,
    *(
        "id",
        "url",
        "description",
        "filter",
        "document_id",
        "operation_name",
        "variables",
        "role",
        "state",
        "disabled_reason",
    ),
    *("previous_secret_expires_at", "failing_since", "last_success_at", "last_failure_at"),
    *("created_at", "updated_at", "version"),
)
class WebhookType(Node):
    types = computed_field(
        lambda row: types_of(row.types.split()) or None,
        list[ChangedType] | None,
        f"{field_description(Webhook, 'types')} Null for all types.",
        "types",
    )
    created_by = to_one(Webhook, "created_by")
    deliveries = to_many(Webhook, "deliveries")
    history = history_field()


def _changed_object_id(row: Any) -> str | None:
    return None if row.object_id is None else object_id(row)


def _action(row: Any) -> Any:
    return None if row.action is None else ChangeAction[row.action.name]


@object_type(
    WebhookDelivery,
    *("id", "is_test", "object_version", "request_id", "changed_at", "cursor", "status", "attempts"),
    *("next_attempt_at", "last_attempt_at", "duration_ms", "response_status", "response_body", "error"),
    *("created_at", "updated_at"),
)
class WebhookDeliveryType(Node):
    webhook = to_one(WebhookDelivery, "webhook")
    message_id = computed_field(
        lambda row: public_id("webhook_delivery", row.id),
        str,
        "The header `webhook-id`, which is the same in all attempts: the receiver ignores those that it knows.",
        "id",
    )
    type = computed_field(
        lambda row: None if row.noun is None else find_type(row.noun),
        ChangedType | None,
        field_description(WebhookDelivery, "noun"),
        "noun",
    )
    object_id = computed_field(
        _changed_object_id, strawberry.ID | None, field_description(WebhookDelivery, "object_id"), "noun", "object_id"
    )
    action = computed_field(
        _action, register_enum(ChangeAction) | None, field_description(WebhookDelivery, "action"), "action"
    )
    changed_fields = computed_field(
        lambda row: row.changed_fields.split(),
        list[str],
        field_description(WebhookDelivery, "changed_fields"),
        "changed_fields",
    )


WebhookConnection = connection_type("webhook")
WebhookDeliveryConnection = connection_type("webhook_delivery")


def _secret_payload(condition: str) -> dict[str, Any]:
    return {
        "webhook": payload_field(
            lazy_type("webhook"), lambda created: created.webhook, f"The webhook; null {condition}."
        ),
        "secret": payload_field(
            str,
            lambda created: created.secret,
            "The secret with which the receiver verifies signatures. It is returned only once.",
        ),
    }


@strawberry.type
class WebhookQueries:
    webhook = root_field(
        webhook.load_webhook,
        lazy_type("webhook"),
        access=ACCESS,
        description="A webhook by its id; null if it does not exist.",
    )
    webhooks = list_field("webhook", access=ACCESS, description="All webhooks of the current tenant.")
    webhook_deliveries = list_field(
        "webhook_delivery",
        access=ACCESS,
        description="The deliveries of all webhooks. Those that have ended are retained for some time only.",
    )


@strawberry.type
class WebhookMutations:
    create_webhook = mutation(
        webhook.create_webhook,
        _secret_payload("if it was not created"),
        access=ACCESS,
        confirmed=True,
        refusal=TransactionRefusal.RETURNS_SECRETS,
        description="Create a webhook, which receives the changes of the current tenant from now on. It requires a "
        "verified email address.",
    )
    update_webhook = mutation(
        webhook.update_webhook,
        row_field("webhook"),
        access=ACCESS,
        refusal=None,
        description="Update a webhook. Deliveries that are pending are sent as it is then.",
    )
    delete_webhook = delete_mutation(
        "webhook", webhook.delete_webhook, access=ACCESS, description="Delete a webhook and its deliveries."
    )
    rotate_webhook_secret = mutation(
        webhook.rotate_webhook_secret,
        _secret_payload("if its secret was not rotated"),
        access=ACCESS,
        confirmed=True,
        refusal=TransactionRefusal.RETURNS_SECRETS,
        description="Replace the secret of a webhook. For a day, deliveries are signed with the previous one as well.",
    )
    pause_webhook = row_mutation(
        "webhook",
        webhook.pause_webhook,
        access=ACCESS,
        description="Stop delivering to a webhook. Changes are delivered when it is resumed.",
    )
    resume_webhook = mutation(
        webhook.resume_webhook,
        row_field("webhook"),
        access=ACCESS,
        refusal=None,
        description="Deliver again to a webhook that is paused or that the server has disabled.",
    )
    test_webhook = mutation(
        webhook.test_webhook,
        row_field("webhook_delivery"),
        access=ACCESS,
        refusal=None,
        description="Send a test to a webhook, once, also if it is paused or disabled. The delivery shows the result.",
    )
    redeliver_webhook_delivery = mutation(
        webhook.redeliver_webhook_delivery,
        row_field("webhook_delivery"),
        access=ACCESS,
        refusal=None,
        description="Send a delivery again that has succeeded or failed.",
    )
    redeliver_failed_webhook_deliveries = mutation(
        webhook.redeliver_failed_webhook_deliveries,
        {"count": payload_field(int, lambda count: count, "The number of deliveries; null after errors.")},
        access=ACCESS,
        refusal=None,
        description="Send all deliveries of a webhook again that have failed since a time, in their order.",
    )
