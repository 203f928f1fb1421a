"""Someone sends a request with a session that ends while the request waits: the user of the account sets a new password
with an email. PostgreSQL only: on SQLite, transactions that write do not overlap."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Row, func, literal_column, select, text, update

from database.authentication import Credentials
from models import ApiKey, Invitation, LinkedIssuer, Passkey, RecoveryCode, Session, Tenant, User, Webhook
from models.membership import Role
from models.relations import table_of
from services.core.errors import Unauthenticated
from services.core.unit_of_work import UnitOfWork
from services.core.verified_email import require_verified_principal
from services.people.api_key import create_api_key
from services.people.membership_locks import lock_own_user
from tests.passkeys.helpers import TRUE_AUTHENTICATOR, options_of
from tests.support import documents
from tests.support.app_fixture import PASSWORD, AppFixture
from tests.support.client import GraphQLResponse
from tests.support.email_capture import EmailCapture
from tests.support.issuer_documents import LINK_ISSUER
from tests.support.issuer_keys import id_token
from tests.support.passkey_documents import ADD_PASSKEY, START_REGISTRATION
from tests.support.second_factor_rows import code_of
from tests.support.second_factors import CONFIRM, START
from tests.support.webhook_documents import CREATE_WEBHOOK

pytestmark = pytest.mark.only("postgresql")

OWN = "Owners-spade-7!"
WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
UNAUTHENTICATED = ["UNAUTHENTICATED"]
Reset = Callable[[], Coroutine[Any, Any, GraphQLResponse]]


@pytest.fixture
async def user(app_fixture: AppFixture) -> User:
    """The owner of a tenant, whose address is not verified."""
    owner = app_fixture.tenant.users[Role.OWNER]
    await unverify(app_fixture, owner)
    return owner


@pytest.fixture
def emails(app: FastAPI, caplog: pytest.LogCaptureFixture) -> EmailCapture:
    return EmailCapture(app, caplog)


@pytest.fixture
async def reset(app_fixture: AppFixture, emails: EmailCapture, user: User) -> Reset:
    """Sets a new password with an email that was sent before."""
    await app_fixture.client()(documents.REQUEST_PASSWORD_RESET, input={"email": user.email})
    token = (await emails.last_email(user.email)).link_token
    values = {"token": token, "newPassword": OWN}
    return lambda: app_fixture.client()(documents.RESET_PASSWORD, input=values)


async def unverify(app_fixture: AppFixture, user: User) -> None:
    table = table_of(User)
    await app_fixture.execute_sql(update(table).where(table.c.id == user.id).values(email_verified_at=None))


@asynccontextmanager
async def locked(app_fixture: AppFixture, user: User, model: Any, id: Any) -> AsyncIterator[None]:
    """Hold the lock of a row that the user sees."""
    table = table_of(model)
    async with app_fixture.database.write_engine.begin() as connection:
        await connection.execute(select(func.set_config("app.user_id", str(user.id), literal_column("true"))))
        assert (
            await connection.execute(select(table.c.id).where(table.c.id == id).with_for_update(key_share=True))
        ).all()
        yield


async def wait_for_waiting(app_fixture: AppFixture, number: int) -> None:
    """Wait until this number of transactions wait for a lock."""
    async with asyncio.timeout(10):
        while (await app_fixture.fetch_rows(WAITING))[0][0] < number:  # noqa: ASYNC110 -- nothing signals it
            await asyncio.sleep(0.001)


async def send_during_reset(app_fixture: AppFixture, user: User, reset: Reset, document: str, **values: Any) -> Any:
    """Send a mutation that waits for the user's row while the reset holds it, and return the codes of its errors."""
    client = app_fixture.tenant.client(Role.OWNER)
    async with asyncio.TaskGroup() as group, locked(app_fixture, user, User, user.id):
        resetting = group.create_task(reset())
        await wait_for_waiting(app_fixture, 1)
        sent = group.create_task(client(document, input=values))
        await wait_for_waiting(app_fixture, 2)
    assert resetting.result().payload("resetPassword")
    return sent.result().error_codes


async def count(app_fixture: AppFixture, model: Any) -> int:
    rows: list[Row[Any]] = await app_fixture.fetch_rows(select(func.count()).select_from(table_of(model)))
    return int(rows[0][0])


async def test_no_issuer_is_linked(app_fixture: AppFixture, user: User, reset: Reset) -> None:
    values = {"idToken": id_token("other"), "currentPassword": PASSWORD}
    assert await send_during_reset(app_fixture, user, reset, LINK_ISSUER, **values) == UNAUTHENTICATED
    assert await count(app_fixture, LinkedIssuer) == 0


async def test_password_is_not_changed_again(app_fixture: AppFixture, user: User, reset: Reset) -> None:
    values = {"currentPassword": PASSWORD, "newPassword": "Others-rake-8!"}
    assert await send_during_reset(app_fixture, user, reset, documents.CHANGE_PASSWORD, **values) == UNAUTHENTICATED
    signed_in = await app_fixture.client()(documents.LOGIN, input={"email": user.email, "password": OWN})
    assert signed_in.payload("login")


async def test_no_email_is_sent_to_another_address(
    app_fixture: AppFixture, emails: EmailCapture, user: User, reset: Reset
) -> None:
    values = {"email": "other@evil.test", "currentPassword": PASSWORD}
    assert await send_during_reset(app_fixture, user, reset, documents.UPDATE_VIEWER, **values) == UNAUTHENTICATED
    assert await emails.sent_emails("other@evil.test") == []


async def test_no_email_is_sent_to_verify_the_address(
    app_fixture: AppFixture, emails: EmailCapture, user: User, reset: Reset
) -> None:
    sent_before = await emails.sent_emails()
    document = documents.REQUEST_EMAIL_VERIFICATION
    assert await send_during_reset(app_fixture, user, reset, document) == UNAUTHENTICATED
    assert await emails.sent_emails() == sent_before


async def test_no_passkey_is_added(app_fixture: AppFixture, user: User, reset: Reset) -> None:
    """The user has verified the address before; someone else knows the password."""
    await app_fixture.execute_sql(update(table_of(User)).values(email_verified_at=func.now()))
    options = await options_of(app_fixture.tenant.client(Role.OWNER), START_REGISTRATION)
    _passkey, credential = TRUE_AUTHENTICATOR.create(options)
    values = {"credential": credential, "name": "Laptop"}
    assert await send_during_reset(app_fixture, user, reset, ADD_PASSKEY, **values) == UNAUTHENTICATED
    assert await count(app_fixture, Passkey) == 0


async def test_second_factor_is_not_enabled(app_fixture: AppFixture, user: User, reset: Reset) -> None:
    """The user has verified the address before; someone else knows the password."""
    await app_fixture.execute_sql(update(table_of(User)).values(email_verified_at=func.now()))
    started = await app_fixture.tenant.client(Role.OWNER)(START, input={"currentPassword": PASSWORD})
    code = code_of(started.payload("startTwoFactor")["secret"])
    assert await send_during_reset(app_fixture, user, reset, CONFIRM, code=code) == UNAUTHENTICATED
    assert await count(app_fixture, RecoveryCode) == 0


async def test_no_member_is_invited(app_fixture: AppFixture, user: User, reset: Reset) -> None:
    client, values = app_fixture.tenant.client(Role.OWNER), {"email": "friend@evil.test", "role": "OWNER"}
    async with asyncio.TaskGroup() as group, locked(app_fixture, user, Tenant, app_fixture.tenant.id):
        sent = group.create_task(client(documents.INVITE_MEMBER, input=values))
        await wait_for_waiting(app_fixture, 1)
        assert (await reset()).payload("resetPassword")
    assert sent.result().error_codes == UNAUTHENTICATED
    assert await count(app_fixture, Invitation) == 0


async def test_no_webhook_is_created(app_fixture: AppFixture, user: User, reset: Reset) -> None:
    """Nothing else locks webhooks, so the test locks all of them."""
    client, values = app_fixture.tenant.client(Role.OWNER), {"url": "https://hooks.evil.test/", "types": ["TASK"]}
    async with asyncio.TaskGroup() as group, app_fixture.database.write_engine.begin() as connection:
        await connection.execute(text("LOCK TABLE webhook"))
        sent = group.create_task(client(CREATE_WEBHOOK, input=values))
        await wait_for_waiting(app_fixture, 1)
        assert (await reset()).payload("resetPassword")
    assert sent.result().error_codes == UNAUTHENTICATED
    assert await count(app_fixture, Webhook) == 0


@asynccontextmanager
async def begun_work(app_fixture: AppFixture, credentials: Credentials) -> AsyncIterator[UnitOfWork]:
    """Begin a transaction, which authenticates the principal."""
    work = UnitOfWork(app_fixture.database, credentials)
    try:
        await work.begin()
        yield work
    finally:
        await work.close()


async def credentials_of(app_fixture: AppFixture, user: User) -> Credentials:
    """Return the credentials of a session of the user."""
    app_fixture.access_token(user)
    session = table_of(Session)
    rows = await app_fixture.fetch_rows(select(session.c.id).where(session.c.user_id == user.id))
    return Credentials(user.id, app_fixture.tenant.slug, session_id=rows[0].id)


async def test_no_api_key_is_created(app_fixture: AppFixture, user: User, reset: Reset) -> None:
    async with begun_work(app_fixture, await credentials_of(app_fixture, user)) as work:
        assert (await reset()).payload("resetPassword")
        with pytest.raises(Unauthenticated):
            await create_api_key(work, {"name": "Key", "role": Role.OWNER})
    assert await count(app_fixture, ApiKey) == 0


async def test_erased_user_is_unauthenticated(app_fixture: AppFixture, user: User) -> None:
    async with begun_work(app_fixture, await credentials_of(app_fixture, user)) as work:
        await app_fixture.execute_sql(text('UPDATE "user" SET is_active = false, deleted_at = now()'))
        await app_fixture.execute_sql(text("DELETE FROM refresh_token"))
        await app_fixture.execute_sql(text("DELETE FROM session"))
        with pytest.raises(Unauthenticated):
            await require_verified_principal(work, "create the key")
        with pytest.raises(Unauthenticated):
            await lock_own_user(work)


async def test_server_itself_needs_no_session(app_fixture: AppFixture, user: User, reset: Reset) -> None:
    async with begun_work(app_fixture, Credentials(user.id, app_fixture.tenant.slug)) as work:
        assert (await reset()).payload("resetPassword")
        await require_verified_principal(work, "create the key")
        assert (await lock_own_user(work)).id == user.id
