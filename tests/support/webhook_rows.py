"""Rows of webhooks and of their deliveries."""

from typing import Any

from models import Task, Webhook, WebhookDelivery
from models.audit_entry import AuditAction
from models.base import utc_now
from models.ids import new_id
from models.webhook import WebhookDisabledReason, WebhookState
from models.webhook_delivery import DeliveryStatus
from services.core.secret_cipher import SecretCipher, SecretPurpose
from services.core.unit_of_work import UnitOfWork
from services.core.work_leases import add_work
from services.webhooks.signing import generate_secret
from services.webhooks.webhook import WORK_KIND, lease_name
from tests.support.change_feed import first_cursor
from tests.support.settings import SECRET_KEY

CIPHER = SecretCipher(SecretPurpose.WEBHOOKS, SECRET_KEY)


async def insert_webhooks(work: UnitOfWork, rows: dict[str, list[Any]], number: int) -> None:
    """Insert webhooks, each with a delivery that has failed, with a value in every column. The second one is paused."""
    tenant, owner = work.principal.tenant_id, work.principal.user_id
    assert tenant is not None
    rows["webhook"] = [
        Webhook(
            id=(id := new_id()),
            url=f"https://hooks.example.com/{n}",
            description=f"Webhook {n}",
            types=" Task ",
            filter={"action": {"in": ["CREATED", "UPDATED"]}},
            document_id=f"document-{n}",
            operation_name="Task",
            variables={"id": "{change.objectId}"},
            previous_secret=CIPHER.encrypt(generate_secret(), id),
            previous_secret_expires_at=utc_now(),
            disabled_reason=WebhookDisabledReason.FAILING,
            failing_since=utc_now(),
            last_success_at=utc_now(),
            last_failure_at=utc_now(),
            state=WebhookState.PAUSED if n == 1 else WebhookState.ACTIVE,
            next_number=2,
            tenant_id=tenant,
            secret=CIPHER.encrypt(generate_secret(), id),
            cursor=first_cursor(f"tenant_{tenant.hex}"),
            created_by_id=owner,
        )
        for n in range(number)
    ]
    await work.add(*rows["webhook"])
    for webhook in rows["webhook"]:
        await add_work(work, WORK_KIND, lease_name(tenant, webhook.id), tenant)
    task: Task = rows["task"][0]
    rows["webhook_delivery"] = [
        WebhookDelivery(
            tenant_id=tenant,
            webhook_id=webhook.id,
            number=1,
            noun="Task",
            object_id=task.id,
            action=AuditAction.CREATED,
            changed_fields=" title ",
            object_version=1,
            changed_at=utc_now(),
            cursor=webhook.cursor,
            status=DeliveryStatus.FAILED,
            attempts=10,
            request_id="request",
            next_attempt_at=utc_now(),
            last_attempt_at=utc_now(),
            duration_ms=20,
            response_body="Error",
            response_status=500,
            error="The endpoint answered with the status 500.",
        )
        for webhook in rows["webhook"]
    ]
    await work.add(*rows["webhook_delivery"])
