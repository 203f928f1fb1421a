"""The scheduled jobs of the server. Each removes what is not needed any more, in small transactions."""

import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import select

from database.authentication import Credentials, SystemCredentials
from database.engine import Database
from models import Tenant
from models.base import utc_now
from models.ids import NIL_UUID
from models.relations import table_of
from resolvers.app_services import AppServices
from server.audit_pruning import prune_tenant
from server.config.settings import Settings
from server.scheduling.job import ScheduledJob
from services.core import gcra, idempotency
from services.core.change_feed import GRACE_TIME
from services.core.secret_cipher import SecretCipher
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import run_use_case
from services.core.work_leases import WorkLeases
from services.people import email_tokens, session, sign_in_events
from services.people.api_key_expiry import notify_of_expiry
from services.people.oidc import used_tokens
from services.people.passkeys import challenges
from services.people.second_factor_rotation import reencrypt_batch
from services.webhooks.delivery import delete_old
from services.webhooks.secret_rotation import reencrypt_secrets
from services.webhooks.webhook import WORK_KIND

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ENDED_SESSION_TIME = DAY
"""How long sessions that have ended are retained: a refresh token that is used again is recognized meanwhile."""

Batch = Callable[[UnitOfWork], Awaitable[int]]
"""Processes some rows, and returns how many."""


def build_jobs(settings: Settings, services: AppServices) -> list[ScheduledJob]:
    """Build all jobs. Other packages add theirs here."""
    notify = partial(_notify_of_expiry, services)
    jobs = [
        ScheduledJob("delete-ended-sessions", HOUR, _in_batches(_delete_ended_sessions)),
        ScheduledJob("delete-expired-email-tokens", HOUR, _in_batches(email_tokens.delete_expired)),
        ScheduledJob("delete-used-id-tokens", HOUR, _in_batches(partial(_delete_used_id_tokens, services))),
        ScheduledJob("delete-expired-passkey-challenges", HOUR, _in_batches(challenges.delete_expired)),
        ScheduledJob("delete-expired-idempotency-keys", HOUR, _in_batches(idempotency.delete_expired)),
        ScheduledJob("delete-idle-rate-limits", HOUR, _in_batches(_delete_idle_rate_limits)),
        ScheduledJob("notify-of-expiring-api-keys", HOUR, _in_batches(notify)),
        ScheduledJob(
            "delete-old-webhook-deliveries", HOUR, partial(_delete_old_deliveries, settings.webhook_keep_days)
        ),
    ]
    delete_events = partial(_delete_old_events, timedelta(days=settings.sign_in_events_days))
    jobs.append(ScheduledJob("delete-old-sign-in-events", HOUR, _in_batches(delete_events)))
    cipher = services.webhooks.cipher
    if cipher.has_fallbacks:
        jobs.append(ScheduledJob("re-encrypt-webhook-secrets", HOUR, partial(_reencrypt_secrets, cipher)))
    cipher = services.second_factor_cipher
    if cipher.has_fallbacks:
        jobs.append(ScheduledJob("re-encrypt-second-factors", HOUR, partial(_reencrypt_second_factors, cipher)))
    if settings.audit_prune_days:
        jobs.append(ScheduledJob("prune-audit", DAY, partial(_prune_audit, _audit_retention(settings))))
    return jobs


def _in_batches(batch: Batch) -> Callable[[Database], Awaitable[None]]:
    """Return a function that processes batches, each in a transaction of its own, until one is empty."""

    async def perform(database: Database) -> None:
        while await run_use_case(database, Credentials(), batch):
            pass

    return perform


async def _delete_ended_sessions(work: UnitOfWork) -> int:
    return await session.delete_all_ended(work, utc_now() - ENDED_SESSION_TIME)


async def _delete_old_events(retention: timedelta, work: UnitOfWork) -> int:
    return await sign_in_events.delete_old(work, utc_now() - retention)


async def _delete_idle_rate_limits(work: UnitOfWork) -> int:
    return await gcra.delete_idle(work, time.time_ns() // 1_000_000)


async def _delete_used_id_tokens(services: AppServices, work: UnitOfWork) -> int:
    return await used_tokens.delete_old(work, services.id_tokens.max_age)


async def _notify_of_expiry(services: AppServices, work: UnitOfWork) -> int:
    return await notify_of_expiry(work, services.mailer, services.email_templates)


async def _delete_old_deliveries(keep_days: int, database: Database) -> None:
    before = utc_now() - timedelta(days=keep_days)
    for tenant_id in await WorkLeases(database).find_tenants(WORK_KIND):
        credentials = SystemCredentials(tenant_id=tenant_id)
        while await run_use_case(database, credentials, lambda work: delete_old(work, before)):
            pass


async def _reencrypt_secrets(cipher: SecretCipher, database: Database) -> None:
    for tenant_id in await WorkLeases(database).find_tenants(WORK_KIND):
        credentials = SystemCredentials(tenant_id=tenant_id)
        await run_use_case(database, credentials, lambda work: reencrypt_secrets(work, cipher))


async def _reencrypt_second_factors(cipher: SecretCipher, database: Database) -> None:
    last_id: UUID | None = NIL_UUID
    while last_id is not None:
        batch = partial(reencrypt_batch, cipher=cipher, after=last_id)
        last_id = await run_use_case(database, Credentials(), batch)


def _audit_retention(settings: Settings) -> timedelta:
    """Return for how long entries are retained: at least as long as other settings protect them."""
    changes = timedelta(days=settings.changes_keep_days) + 2 * GRACE_TIME
    return max(timedelta(days=max(settings.audit_prune_days, settings.audit_keep_days)), changes)


async def _prune_audit(retention: timedelta, database: Database) -> None:
    before = utc_now() - retention
    for tenant_id in await _load_tenant_ids(database):
        await prune_tenant(database, tenant_id, before)


async def _load_tenant_ids(database: Database) -> list[UUID]:
    async with database.read_engine.connect() as connection:
        return [row.id for row in await connection.execute(select(table_of(Tenant).c.id))]
