"""The scheduled jobs of the server."""

from datetime import timedelta
from typing import Any

from fastapi import FastAPI
from sqlalchemy import func, insert, select, update

from database.append_only import disable_append_only_triggers
from database.authentication import set_tenant
from models import (
    ApiKey,
    AuditEntry,
    EmailToken,
    IdempotencyRecord,
    RefreshToken,
    SecondFactor,
    Session,
    Throttle,
    UsedIdToken,
    Webhook,
    WebhookDelivery,
)
from models.base import utc_now
from models.ids import new_id
from models.relations import table_of
from models.webhook_delivery import DeliveryStatus
from server.config.settings import Settings
from server.scheduling.jobs import build_jobs
from services.core.secret_cipher import SecretCipher, SecretPurpose
from tests.support.configured_app import app_opener
from tests.support.email_capture import EmailCapture
from tests.support.sample_data import SampleData, fetch_table
from tests.support.second_factor_rows import NEW_SECRET, SECRET
from tests.support.settings import PRODUCTION_SECRET_KEY, SECRET_KEY, build_settings

LONG_AGO = utc_now() - timedelta(days=60)
SOON = utc_now() + timedelta(days=3)


async def perform(app: FastAPI, settings: Settings, name: str) -> None:
    """Perform a job."""
    (job,) = [each for each in build_jobs(settings, app.state.services) if each.name == name]
    await job.perform(app.state.database)


async def execute_in_tenant(sample_data: SampleData, statement: Any) -> None:
    """Execute an update of a table with row-level security."""
    await sample_data.tenant.run_use_case(lambda work: work.rows(statement.returning(statement.table.c.id)))


async def count(sample_data: SampleData, model: Any) -> int:
    ((number,),) = await sample_data.tenant.app_fixture.fetch_rows(select(func.count()).select_from(table_of(model)))
    return int(number)


async def test_ended_sessions_are_deleted(app: FastAPI, settings: Settings, sample_data: SampleData) -> None:
    session = table_of(Session)
    first, second, _ = [row.id for row in sample_data.rows["session"]]
    execute = sample_data.tenant.app_fixture.execute_sql
    before, tokens = await count(sample_data, Session), await count(sample_data, RefreshToken)
    await execute(insert(table_of(RefreshToken)).values(hash="a" * 64, session_id=first, created_at=LONG_AGO))
    await execute(update(session).where(session.c.id == first).values(expires_at=LONG_AGO))
    await execute(update(session).where(session.c.id == second).values(revoked_at=utc_now()))  # within the last day
    await perform(app, settings, "delete-ended-sessions")
    assert await count(sample_data, Session) == before - 1
    assert await count(sample_data, RefreshToken) == tokens


async def test_expired_tokens_are_deleted(app: FastAPI, settings: Settings, sample_data: SampleData) -> None:
    token, before = table_of(EmailToken), await count(sample_data, EmailToken)
    ((hash,),) = await sample_data.tenant.app_fixture.fetch_rows(select(token.c.hash).limit(1))
    await sample_data.tenant.app_fixture.execute_sql(
        update(token).where(token.c.hash == hash).values(expires_at=LONG_AGO)
    )
    await perform(app, settings, "delete-expired-email-tokens")
    assert await count(sample_data, EmailToken) == before - 1


async def test_expired_idempotency_keys_and_idle_limits_are_deleted(
    app: FastAPI, settings: Settings, sample_data: SampleData
) -> None:
    execute = sample_data.tenant.app_fixture.execute_sql
    for created_at in (LONG_AGO, utc_now()):
        row = {"id": new_id(), "fingerprint": "x", "outcome": {}, "created_at": created_at}
        await execute(insert(table_of(IdempotencyRecord)).values(row))
    await execute(insert(table_of(Throttle)).values(key="idle", theoretical_arrival=1))
    await perform(app, settings, "delete-expired-idempotency-keys")
    await perform(app, settings, "delete-idle-rate-limits")
    assert await count(sample_data, IdempotencyRecord) == 1
    rows = await sample_data.tenant.app_fixture.fetch_rows(select(table_of(Throttle).c.key))
    assert "idle" not in {row.key for row in rows}


async def test_old_deliveries_are_deleted_unless_they_are_pending(
    app: FastAPI, settings: Settings, sample_data: SampleData
) -> None:
    delivery = table_of(WebhookDelivery)
    first, second, _ = [row.id for row in sample_data.rows["webhook_delivery"]]
    old = {"created_at": LONG_AGO, "updated_at": LONG_AGO}
    for id, values in ((first, old), (second, old | {"status": DeliveryStatus.PENDING})):
        await execute_in_tenant(sample_data, update(delivery).where(delivery.c.id == id).values(values))
    await perform(app, settings, "delete-old-webhook-deliveries")
    assert first not in {row["id"] for row in await fetch_table(sample_data.tenant, WebhookDelivery)}
    assert len(await fetch_table(sample_data.tenant, WebhookDelivery)) == 2


async def test_owners_are_notified_once_of_keys_that_expire(
    app: FastAPI, settings: Settings, sample_data: SampleData, email_capture: EmailCapture
) -> None:
    key = table_of(ApiKey)
    execute = sample_data.tenant.app_fixture.execute_sql
    first, second, third = [row.id for row in sample_data.rows["api_key"]]
    await execute(update(key).values(expires_at=utc_now() + timedelta(days=30)))
    await execute(update(key).where(key.c.id == first).values(expires_at=SOON))
    await execute(update(key).where(key.c.id == second).values(expires_at=SOON, revoked_at=utc_now()))
    await execute(update(key).where(key.c.id == third).values(expires_at=LONG_AGO))
    for _ in range(2):
        await perform(app, settings, "notify-of-expiring-api-keys")
    (email,) = await email_capture.sent_emails()
    assert email.recipient == "owner@here.test"
    assert "The API key Key 0 (allot_" in email.text


async def test_secrets_of_webhooks_are_encrypted_again_after_the_rotation_of_the_key(
    database_url: str, settings: Settings, sample_data: SampleData
) -> None:
    rotated = {"secret_key": PRODUCTION_SECRET_KEY, "secret_key_fallbacks": f'["{SECRET_KEY}"]'}
    before = {row["id"]: row for row in await fetch_table(sample_data.tenant, Webhook)}
    async with app_opener(database_url)(**rotated) as app:
        await perform(app, build_settings(database_url, **rotated), "re-encrypt-webhook-secrets")
        assert "re-encrypt-webhook-secrets" in {job.name for job in build_jobs(settings, app.state.services)}
    former, new = (
        SecretCipher(SecretPurpose.WEBHOOKS, SECRET_KEY),
        SecretCipher(SecretPurpose.WEBHOOKS, PRODUCTION_SECRET_KEY),
    )
    for row in await fetch_table(sample_data.tenant, Webhook):
        for column in ("secret", "previous_secret"):
            assert new.decrypt(row[column], row["id"]) == former.decrypt(before[row["id"]][column], row["id"])
        assert row["version"] == before[row["id"]]["version"]


async def test_secrets_of_second_factors_are_encrypted_again_after_the_rotation_of_the_key(
    database_url: str, sample_data: SampleData
) -> None:
    rotated = {"secret_key": PRODUCTION_SECRET_KEY, "secret_key_fallbacks": f'["{SECRET_KEY}"]'}
    async with app_opener(database_url)(**rotated) as app:
        for _ in range(2):
            await perform(app, build_settings(database_url, **rotated), "re-encrypt-second-factors")
    cipher = SecretCipher(SecretPurpose.SECOND_FACTORS, PRODUCTION_SECRET_KEY)
    (row,) = await sample_data.tenant.app_fixture.fetch_rows(select(table_of(SecondFactor)))
    assert [cipher.decrypt(each, row.user_id) for each in (row.secret, row.new_secret)] == [SECRET, NEW_SECRET]


async def test_used_id_tokens_are_deleted_when_they_are_too_old(
    app: FastAPI, settings: Settings, sample_data: SampleData
) -> None:
    recent = utc_now() - timedelta(seconds=settings.oidc_max_token_seconds)
    rows = [{"id": new_id(), "created_at": created_at} for created_at in (LONG_AGO, recent)]
    await sample_data.tenant.app_fixture.execute_sql(insert(table_of(UsedIdToken)).values(rows))
    await perform(app, settings, "delete-used-id-tokens")
    assert await count(sample_data, UsedIdToken) == 1


async def test_audit_is_pruned_only_if_a_setting_says_so(
    app: FastAPI, database_url: str, settings: Settings, sample_data: SampleData
) -> None:
    entry, tenant = table_of(AuditEntry), sample_data.tenant
    before = await fetch_table(tenant, AuditEntry)
    assert "prune-audit" not in {job.name for job in build_jobs(settings, app.state.services)}
    async with app.state.database.write_engine.begin() as connection:
        await set_tenant(connection, tenant.id)
        async with disable_append_only_triggers(connection, "audit_entry"):
            old = update(entry).where(entry.c.tenant_id == tenant.id, entry.c.noun == "Task")
            await connection.execute(old.values(created_at=LONG_AGO))
    protected = build_settings(database_url, audit_prune_days=1)
    await perform(app, protected, "prune-audit")  # AUDIT_KEEP_DAYS protects all
    assert len(await fetch_table(tenant, AuditEntry)) == len(before)
    await perform(app, build_settings(database_url, audit_prune_days=40, audit_keep_days=0), "prune-audit")
    entries = await fetch_table(tenant, AuditEntry)
    assert {row["action"] for row in entries if row["noun"] == "Task"} == {"BASELINE"}
