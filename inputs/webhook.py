"""Inputs, filters and orders of webhooks and of their deliveries."""

import datetime
from typing import Annotated

import strawberry

from inputs.changes import ChangedType, ChangeWhere
from inputs.derive import create_input, update_input
from inputs.dynamic_types import list_of
from inputs.filter_types import filter_input
from inputs.order_by import order_input
from models import Webhook, WebhookDelivery

_WRITABLE = ("url", "description", "types", "filter", "document_id", "operation_name", "variables", "role")
_TYPES = {"types": list_of(ChangedType), "filter": ChangeWhere}
FailedSince = Annotated[
    datetime.datetime,
    strawberry.argument(description="Send the deliveries again whose last attempt failed since then."),
]


@create_input(Webhook, *_WRITABLE, types=_TYPES)
class CreateWebhookInput: ...


@update_input(Webhook, *_WRITABLE, types=_TYPES)
class UpdateWebhookInput: ...


@filter_input(
    Webhook,
    *("id", "url", "description", "document_id", "role", "state", "disabled_reason"),
    *("failing_since", "last_success_at", "last_failure_at", "created_at", "updated_at"),
)
class WebhookWhere: ...


WebhookOrder = order_input(Webhook, "id", "url", "state", "last_success_at", "created_at", "updated_at")


@filter_input(
    WebhookDelivery,
    *("id", "is_test", "action", "status", "attempts", "response_status"),
    *("next_attempt_at", "last_attempt_at", "changed_at", "created_at", "updated_at"),
    through=["webhook"],
)
class WebhookDeliveryWhere: ...


WebhookDeliveryOrder = order_input(WebhookDelivery, "id", "status", "next_attempt_at", "last_attempt_at", "created_at")
