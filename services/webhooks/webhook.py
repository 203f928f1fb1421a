"""Webhooks as clients manage them: create, update, delete, rotate the secret, pause and resume."""

import datetime
from collections.abc import Callable  # noqa: TC003 -- the annotation of an attribute
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import delete

from models import Webhook, WebhookDelivery
from models.base import utc_now
from models.ids import new_id
from models.relations import table_of
from models.webhook import WebhookDisabledReason, WebhookState
from queries.scope import visible
from services.core import records
from services.core.change_feed import ChangeRequest, read_changes
from services.core.change_filter import EVERY_CHANGE
from services.core.errors import Code, Problem, ProblemParams, Rejected
from services.core.secret_cipher import SecretCipher
from services.core.unit_of_work import UnitOfWork
from services.core.url_policy import UrlPolicy, UrlRefused
from services.core.validation import check_values
from services.core.verified_email import require_verified_principal
from services.core.work_leases import add_work, make_due, remove_work
from services.webhooks.documents import CheckDocument, find_document_problems
from services.webhooks.feed_filter import join_types
from services.webhooks.signing import generate_secret

WORK_KIND = "webhook"
MAX_WEBHOOKS = 50
ROTATION_TIME = datetime.timedelta(days=1)
"""How long deliveries are signed with the previous secret as well."""
DOCUMENT_FIELDS = {"document_id", "operation_name", "variables"}


class Wake:
    """Lets the dispatcher of this process look for deliveries at once; set when there is one."""

    def __init__(self) -> None:
        self.listener: Callable[[], None] | None = None

    async def __call__(self) -> None:
        if self.listener is not None:
            self.listener()


@dataclass(frozen=True)
class WebhookServices:
    """What use cases of webhooks need of the server."""

    cipher: SecretCipher
    urls: UrlPolicy
    check_document: CheckDocument
    retention: datetime.timedelta
    """How long changes are retained."""
    wake: Wake = field(default_factory=Wake)


@dataclass(frozen=True)
class NewSecret:
    """A webhook and its new secret, which cannot be shown again."""

    webhook: Webhook
    secret: str


def lease_name(tenant_id: UUID | None, id: UUID) -> str:
    """Return the name of the lease of a webhook's deliveries."""
    return f"{WORK_KIND}:{tenant_id}:{id}"


async def create_webhook(work: UnitOfWork, services: WebhookServices, values: dict[str, Any]) -> NewSecret:
    """Create a webhook, which receives the changes from now on. Rejected if the principal has not verified the email
    address."""
    if values.get("document_id") and "variables" not in values:
        values = values | {"variables": {"id": "{change.objectId}"}}
    clean, problems = await _check(work, services, values)
    if await records.count(work, Webhook) >= MAX_WEBHOOKS:
        message, params = f"A tenant can have at most {MAX_WEBHOOKS} webhooks.", ProblemParams(max=MAX_WEBHOOKS)
        problems.append(Problem(Code.OUT_OF_RANGE, ("input",), message, params))
    if problems:
        raise Rejected(*problems)
    await require_verified_principal(work, "create the webhook")
    id, secret = new_id(), generate_secret()
    encrypted, cursor = services.cipher.encrypt(secret, id), await _newest_cursor(work, services)
    webhook = Webhook(**clean, id=id, secret=encrypted, cursor=cursor, created_by_id=work.principal.user_id)
    await work.add(webhook)
    await add_work(work, WORK_KIND, lease_name(work.principal.tenant_id, id), work.principal.tenant_id)
    work.after_commit.append(services.wake)
    return NewSecret(webhook, secret)


async def update_webhook(
    work: UnitOfWork, services: WebhookServices, id: UUID, values: dict[str, Any], expected_version: int | None
) -> Webhook:
    """Update a webhook. Its queue remains."""
    webhook: Webhook = await work.get_for_update(Webhook, id, "id")
    document = {name: getattr(webhook, name) for name in DOCUMENT_FIELDS} if DOCUMENT_FIELDS & values.keys() else {}
    clean, problems = await _check(work, services, document | values)
    if conflict := records.version_problem(webhook, expected_version):
        raise Rejected(conflict, *problems, current=webhook)
    if problems:
        raise Rejected(*problems)
    for name, value in clean.items():
        setattr(webhook, name, value)
    await _flush_and_wake(work, services, webhook)
    return webhook


async def delete_webhook(work: UnitOfWork, id: UUID, expected_version: int | None) -> UUID:
    """Delete a webhook and its deliveries. Return its id."""
    webhook: Webhook = await work.get_for_update(Webhook, id, "id")
    records.check_version(webhook, expected_version)
    await remove_work(work, [lease_name(work.principal.tenant_id, id)])
    delivery = table_of(WebhookDelivery)
    await work.rows(delete(delivery).where(visible(delivery), delivery.c.webhook_id == id).returning(delivery.c.id))
    await work.delete(webhook)
    return id


async def rotate_secret(work: UnitOfWork, services: WebhookServices, id: UUID) -> NewSecret:
    """Replace the secret. For a day, deliveries are signed with the previous one as well."""
    webhook: Webhook = await work.get_for_update(Webhook, id, "id")
    secret = generate_secret()
    webhook.previous_secret = webhook.secret if services.cipher.can_decrypt(webhook.secret, id) else None
    webhook.secret = services.cipher.encrypt(secret, id)
    webhook.previous_secret_expires_at = utc_now() + ROTATION_TIME
    await work.flush()
    return NewSecret(webhook, secret)


async def pause_webhook(work: UnitOfWork, id: UUID) -> Webhook:
    """Stop delivering. A second call changes nothing; a webhook that the server has disabled remains so."""
    webhook: Webhook = await work.get_for_update(Webhook, id, "id")
    if webhook.state is WebhookState.ACTIVE:
        webhook.state = WebhookState.PAUSED
        await work.flush()
    return webhook


async def resume_webhook(work: UnitOfWork, services: WebhookServices, id: UUID) -> Webhook:
    """Deliver again, from where it stopped; or, if changes have expired meanwhile, from now on."""
    webhook: Webhook = await work.get_for_update(Webhook, id, "id")
    if webhook.disabled_reason is WebhookDisabledReason.CHANGES_EXPIRED:
        webhook.cursor = await _newest_cursor(work, services)
    webhook.state, webhook.disabled_reason, webhook.failing_since = WebhookState.ACTIVE, None, None
    await _flush_and_wake(work, services, webhook)
    return webhook


async def _flush_and_wake(work: UnitOfWork, services: WebhookServices, webhook: Webhook) -> None:
    await work.flush()
    await wake(work, services, webhook.id)


async def wake(work: UnitOfWork, services: WebhookServices, id: UUID) -> None:
    """Let deliveries of a webhook be looked for at once, after the commit."""
    await make_due(work, lease_name(work.principal.tenant_id, id))
    work.after_commit.append(services.wake)


async def _newest_cursor(work: UnitOfWork, services: WebhookServices) -> str:
    page = await read_changes(work, ChangeRequest(1, None, EVERY_CHANGE, services.retention))
    return page.newest.encode()


async def _check(
    work: UnitOfWork, services: WebhookServices, values: dict[str, Any]
) -> tuple[dict[str, Any], list[Problem]]:
    """Return the valid values as the model accepts them, and the problems of the others."""
    stored: dict[str, Any] = {"types": join_types(values["types"] or ())} if "types" in values else {}
    stored |= {"filter": {}} if values.get("filter", {}) is None else {}
    clean, problems = check_values(Webhook, values | stored, "input")
    if "url" in clean:
        problems += _find_url_problems(services.urls, clean["url"])
    if "document_id" in clean and not problems:
        problems += await find_document_problems(work, services.check_document, clean)
    return clean, problems


def _find_url_problems(urls: UrlPolicy, url: str) -> list[Problem]:
    try:
        urls.check_url(url)
    except UrlRefused as error:
        return [Problem(Code.INVALID, ("input", "url"), str(error))]
    return []
