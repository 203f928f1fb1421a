"""A delivery: one change, or a test, that is sent to the endpoint of a webhook."""

import datetime
import uuid

from sqlalchemy import BigInteger
from sqlmodel import Field

from models.audit_entry import AuditAction
from models.base import TenantRecord
from models.choices import Choice
from models.fields import (
    any_reference,
    boolean,
    choice,
    integer,
    names,
    optional_choice,
    optional_integer,
    reference,
    short_text,
    text,
    timestamp,
)
from models.relations import BelongsTo
from models.webhook import MAX_CURSOR_LENGTH

MAX_RESPONSE_LENGTH = 1000
MAX_ERROR_LENGTH = 500


class DeliveryStatus(Choice):
    """The status of a delivery."""

    PENDING = "PENDING", "It has not succeeded yet; `nextAttemptAt` says when it is attempted next."
    SUCCEEDED = "SUCCEEDED", "The endpoint has accepted it."
    FAILED = "FAILED", "All attempts have failed. It can be sent again."


class WebhookDelivery(TenantRecord, table=True):
    """A change, or a test, that is sent to the endpoint of a webhook until it accepts it."""

    __tablename__ = "webhook_delivery"
    audited = False
    unique_together = (("webhook_id", "number"),)
    unique_where = (
        (("webhook_id", "next_attempt_at", "number"), "status", "PENDING"),
        (("webhook_id", "object_id", "number"), "status", "PENDING"),
    )
    sort_indexes = ("created_at",)
    relations = {"webhook": BelongsTo("webhook", "webhook_id", "The webhook that receives it.")}

    webhook_id: uuid.UUID = reference("webhook", "The id of the webhook.", default=...)
    number: int = Field(sa_type=BigInteger, description="The place in the order of the webhook's deliveries.")
    is_test: bool = boolean("Whether it is a test, which has no change.", default=False)
    noun: str | None = short_text("The type of the changed object; null for tests.", max_length=50, default=None)
    object_id: uuid.UUID | None = any_reference("The id of the changed object; null for tests.", default=None)
    action: AuditAction | None = optional_choice(AuditAction, "What was done to the object; null for tests.")
    changed_fields: str = names("The changed fields.", max_length=2000, default="")
    object_version: int | None = optional_integer("The object's version after the change; null for links and tests.")
    request_id: str | None = short_text(
        "The id of the request that made the change; null if there was none.", max_length=128, default=None
    )
    changed_at: datetime.datetime | None = timestamp("When the object was changed; null for tests.", default=None)
    cursor: str | None = short_text(
        "The cursor of the change in the change feed; null for tests.", max_length=MAX_CURSOR_LENGTH, default=None
    )
    status: DeliveryStatus = choice(DeliveryStatus, DeliveryStatus.PENDING, "The status of the delivery.")
    attempts: int = integer("How many attempts were made.", default=0)
    next_attempt_at: datetime.datetime | None = timestamp(
        "When it is attempted next; null if it waits for an earlier delivery of the same object, or is not pending.",
        default=None,
    )
    last_attempt_at: datetime.datetime | None = timestamp("When the last attempt was made.", default=None)
    duration_ms: int | None = optional_integer("How long the last attempt took, in milliseconds.")
    response_status: int | None = optional_integer("The status of the last response; null if there was none.")
    response_body: str = text("The beginning of the last response.", max_length=MAX_RESPONSE_LENGTH)
    error: str = text("Why the last attempt failed; empty if it succeeded.", max_length=MAX_ERROR_LENGTH)
