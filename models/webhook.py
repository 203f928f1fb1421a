"""A webhook: an endpoint of another system that receives the changes of a tenant."""

import datetime
import uuid
from typing import Any

from sqlalchemy import BigInteger
from sqlmodel import Field

from models.base import TenantRecord
from models.choices import Choice
from models.fields import (
    choice,
    encrypted,
    json_object,
    names,
    optional_choice,
    short_text,
    text,
    timestamp,
    user_reference,
)
from models.persisted_document import MAX_ID_LENGTH
from models.relations import BelongsTo, HasMany

MAX_URL_LENGTH = 2000
MAX_TYPES_LENGTH = 1000
MAX_CURSOR_LENGTH = 200
_BY_THE_SERVER = "the server changes it with each delivery"


class WebhookRole(Choice):
    """The role as which a webhook receives changes, and as which its document is executed."""

    MEMBER = "MEMBER", "It receives the changes of what every member sees."
    ADMIN = "ADMIN", "It receives all changes."


class WebhookState(Choice):
    """Whether a webhook receives deliveries."""

    ACTIVE = "ACTIVE", "Changes are delivered."
    PAUSED = "PAUSED", "Nothing is delivered until it is resumed; then the changes since are delivered."
    DISABLED = "DISABLED", "The server has stopped delivering. `disabledReason` says why; resume it to continue."


class WebhookDisabledReason(Choice):
    """Why the server has disabled a webhook."""

    GONE = "GONE", "The endpoint answered with the status 410."
    FAILING = "FAILING", "All deliveries have failed for several days."
    CHANGES_EXPIRED = (
        "CHANGES_EXPIRED",
        "Changes that were not delivered yet are no longer in the change feed. Resuming it begins with new changes.",
    )
    FILTER_INVALID = "FILTER_INVALID", "This version of the server does not accept its filter. Update it, and resume."


class Webhook(TenantRecord, table=True):
    """An endpoint of another system to which the server delivers the changes of the tenant."""

    not_audited = dict.fromkeys(
        ("cursor", "next_number", "failing_since", "last_success_at", "last_failure_at"), _BY_THE_SERVER
    )
    relations = {
        "created_by": BelongsTo("user", "created_by_id", "The user who created it."),
        "deliveries": HasMany("webhook_delivery", "webhook_id", "The deliveries to it, the newest first."),
    }

    url: str = short_text("The URL to which deliveries are sent by POST.", max_length=MAX_URL_LENGTH)
    description: str = text("The purpose of the webhook.", max_length=1000)
    types: str = names("The types of objects whose changes are delivered.", max_length=MAX_TYPES_LENGTH, default="")
    filter: dict[str, Any] = json_object(
        "The filter of changes, as `ChangeWhere` in JSON; empty if all changes of these types are delivered."
    )
    document_id: str | None = short_text(
        "The id of the registered document whose answer is delivered; null if only the change is delivered.",
        max_length=MAX_ID_LENGTH,
        default=None,
    )
    operation_name: str | None = short_text(
        "The operation of the document; null if the document has only one.", max_length=200, default=None
    )
    variables: dict[str, Any] = json_object(
        "The variables of the document. A text such as `{change.objectId}` stands for a field of the change."
    )
    role: WebhookRole = choice(WebhookRole, WebhookRole.MEMBER, "The role as which it receives changes.")
    state: WebhookState = choice(WebhookState, WebhookState.ACTIVE, "Whether it receives deliveries.")
    disabled_reason: WebhookDisabledReason | None = optional_choice(
        WebhookDisabledReason, "Why the server has disabled it; null if it has not."
    )
    secret: str = encrypted("The secret that signs deliveries.")
    previous_secret: str | None = encrypted("The secret before the last rotation.", default=None)
    previous_secret_expires_at: datetime.datetime | None = timestamp(
        "Until when deliveries are signed with the previous secret as well; null if there is none.", default=None
    )
    created_by_id: uuid.UUID | None = user_reference("The id of the user who created it.", default=None)

    cursor: str = short_text("Up to where the change feed is delivered or queued.", max_length=MAX_CURSOR_LENGTH)
    next_number: int = Field(default=1, sa_type=BigInteger, description="The number of the next delivery.")
    failing_since: datetime.datetime | None = timestamp(
        "Since when all deliveries have failed; null if the last one succeeded.", default=None
    )
    last_success_at: datetime.datetime | None = timestamp("When a delivery last succeeded.", default=None)
    last_failure_at: datetime.datetime | None = timestamp("When a delivery last failed.", default=None)
