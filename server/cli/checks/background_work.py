"""Checks of webhooks and scheduled work: performed by some process, certificates to trust, and readable secrets."""

import datetime
import ssl
from uuid import UUID

from sqlalchemy import func, or_, select

from database.authentication import Credentials, SystemCredentials
from database.engine import Database
from database.reader import Reader
from models import Webhook, WorkLease
from models.base import utc_now
from models.relations import table_of
from queries.scope import visible
from server.cli.checks.result import CheckResult, ok, warning
from server.config.settings import Settings
from services.core.secret_cipher import SecretCipher, SecretPurpose, SecretUnreadable
from services.core.work_leases import WorkLeases
from services.webhooks.webhook import WORK_KIND

MAX_OVERDUE = datetime.timedelta(minutes=10)


async def check_background_work(database: Database, settings: Settings) -> list[CheckResult]:
    """Check that work is not overdue, and that webhooks can be signed and sent."""
    tenants = await WorkLeases(database).find_tenants(WORK_KIND)
    results = [await _check_overdue(database)]
    if tenants:
        results += [_check_trust_store(), await _check_secrets(database, settings, tenants)]
    return results


async def _check_overdue(database: Database) -> CheckResult:
    lease, limit = table_of(WorkLease), utc_now() - MAX_OVERDUE
    is_free = or_(lease.c.expires_at.is_(None), lease.c.expires_at < limit)
    reader = Reader(database, Credentials())
    try:
        query = select(func.count().label("number")).select_from(lease).where(lease.c.due_at < limit, is_free)
        row = await reader.row(query)
    finally:
        await reader.close()
    if not row.number:
        return ok("background work: nothing is overdue")
    message = f"background work: {row.number} pieces of work (webhooks, scheduled jobs) have been due for 10 minutes"
    return warning(message, "start a server, and let at least one process work in the background (BACKGROUND_WORK)")


def _check_trust_store() -> CheckResult:
    """Check that there are certificates to verify those of endpoints."""
    if ssl.create_default_context().cert_store_stats()["x509_ca"]:
        return ok("webhooks: there are certificates to verify endpoints")
    remedy = "install the package ca-certificates, or set SSL_CERT_FILE"
    return warning("webhooks: there are no certificates to verify endpoints, so all deliveries fail", remedy)


async def _check_secrets(database: Database, settings: Settings, tenants: list[UUID]) -> CheckResult:
    cipher = SecretCipher(SecretPurpose.WEBHOOKS, settings.secret_keys[0], settings.secret_keys[1:])
    webhooks = [row for tenant in tenants for row in await _load_secrets(database, tenant)]
    unreadable = sum(not _is_readable(cipher, row) for row in webhooks)
    if not unreadable:
        return _check_former_keys(cipher, webhooks)
    message = f"webhooks: the secrets of {unreadable} of {len(webhooks)} webhooks are encrypted with another SECRET_KEY"
    remedy = "rotate them (rotateWebhookSecret), or add the former SECRET_KEY to SECRET_KEY_FALLBACKS"
    return warning(message, remedy)


def _check_former_keys(cipher: SecretCipher, webhooks: list[tuple[UUID, str]]) -> CheckResult:
    former = sum(cipher.reencrypt(secret, id) is not None for id, secret in webhooks)
    if not former:
        return ok(f"webhooks: the secrets of all {len(webhooks)} webhooks can be read")
    message = f"webhooks: the secrets of {former} of {len(webhooks)} webhooks are encrypted with a fallback key"
    return warning(message, "keep SECRET_KEY_FALLBACKS until the server has encrypted them again, within an hour")


async def _load_secrets(database: Database, tenant_id: UUID) -> list[tuple[UUID, str]]:
    webhook = table_of(Webhook)
    reader = Reader(database, SystemCredentials(tenant_id=tenant_id))
    try:
        rows = await reader.rows(select(webhook.c.id, webhook.c.secret).where(visible(webhook)))
        return [(row.id, row.secret) for row in rows]
    finally:
        await reader.close()


def _is_readable(cipher: SecretCipher, webhook: tuple[UUID, str]) -> bool:
    id, secret = webhook
    try:
        cipher.decrypt(secret, id)
    except SecretUnreadable:
        return False
    return True
