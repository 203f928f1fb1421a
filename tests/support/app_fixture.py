"""The application fixture: two tenants with a user of every role, signed-in clients and factories of domain objects."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

import httpx
from sqlalchemy import update

from database.authentication import Credentials
from database.engine import Database
from models import Account, EmailToken, Order, Product, RefreshToken, Session, Task, User, Worker
from models.base import utc_now
from models.email_token import Purpose
from models.ids import public_id
from models.membership import Role
from models.relations import table_of
from services.core.request_info import RequestInfo
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import run_use_case
from services.ledger import account, transfer
from services.ledger.transfer import TransferAmount
from services.people import session
from services.people import user as people
from services.people.passwords import Passwords
from services.people.secrets import EMAIL_TOKEN_PREFIX, REFRESH_TOKEN_PREFIX, hash_secret
from services.people.session import Device
from services.people.tokens import AccessTokens
from services.shop import order
from services.work import task
from tests.support.client import Client
from tests.support.noun_specs import spec_of

PASSWORD = "Correct-horse-1!"
FAST_PASSWORDS = Passwords(4)
DEVICE = Device("192.0.2.7", "The tests")
REQUEST = RequestInfo("request-of-the-tests", "Fixture", DEVICE.address, DEVICE.user_agent)
ONE_HOUR = timedelta(hours=1)
LIFETIME = timedelta(days=1)
"""The lifetime of sessions, and of the confirmation of their users."""
FIRST_NUMBER = 1000
"""The rows that `create` creates have higher numbers than sample data."""
Model = TypeVar("Model")


@dataclass
class TenantFixture:
    """One tenant: creates domain objects as its owner, and returns clients of its members."""

    app_fixture: "AppFixture"
    slug: str
    id: UUID
    users: dict[Role, User]
    created_rows: int = 0
    """The number of rows that `create` has created."""

    async def run_use_case(self, use_case: Callable[[UnitOfWork], Awaitable[Any]], role: Role = Role.OWNER) -> Any:
        """Run a use case in its own unit of work as the member with this role."""
        credentials = Credentials(self.users[role].id, self.slug)
        return await run_use_case(self.app_fixture.database, credentials, use_case, load_request=lambda: REQUEST)

    async def create(self, model: type[Model], **values: Any) -> Model:
        """Create a row of a noun; values that are not given are sample values, and references are null."""
        self.created_rows += 1
        number = FIRST_NUMBER + self.created_rows
        created: Model = await self.run_use_case(lambda work: spec_of(model).insert(work, number, values))
        return created

    async def assign(self, row: Task, *workers: Worker) -> None:
        """Assign workers to a task."""
        await self.run_use_case(lambda work: task.assign_workers(work, row.id, [worker.id for worker in workers]))

    async def place_order(
        self, *items: tuple[Product, int], role: Role = Role.MEMBER, address: str = "1 Lane"
    ) -> Order:
        lines = [order.OrderLine(product.id, quantity) for product, quantity in items]
        placed: Order = await self.run_use_case(lambda work: order.place_order(work, lines, address), role)
        return placed

    async def open_account(self, name: str = "Account", balance: str = "0", currency: str = "EUR") -> Account:
        async def create(work: UnitOfWork) -> Account:
            row = await account.open_account(work, {"name": name, "currency": currency})
            if Decimal(balance):
                await transfer.deposit(work, row.id, TransferAmount(Decimal(balance)))
            return row

        opened: Account = await self.run_use_case(create)
        return opened

    def client(self, role: Role = Role.MEMBER) -> Client:
        """Return a client signed in as the member with this role, in this tenant."""
        return self.app_fixture.client(self.users[role], self.slug)


@dataclass
class AppFixture:
    """The application under test: database, HTTP client, tenants and sessions."""

    database: Database
    http: httpx.AsyncClient
    tokens: AccessTokens
    tenants: dict[str, TenantFixture]
    session_ids: dict[UUID, UUID]
    """By user id: the session of the user's clients."""

    @property
    def tenant(self) -> TenantFixture:
        """The tenant that most tests use."""
        return self.tenants["here"]

    @property
    def other_tenant(self) -> TenantFixture:
        """The second tenant, for tests of tenant isolation."""
        return self.tenants["there"]

    async def sign_in(self, *users: User) -> None:
        """Create a session with a known refresh token for each user."""

        async def begin(work: UnitOfWork) -> None:
            for user in users:
                has_tokens = user.id in self.session_ids
                self.session_ids[user.id] = (
                    await session.begin_session(
                        work, user, session.SessionOptions(self.tokens, DEVICE, lifetime_days=LIFETIME.days)
                    )
                ).session_id
                if not has_tokens:
                    await work.add(*_email_token_rows(user), self._refresh_token_row(user))
            confirm = update(table_of(Session)).values(confirmed_at=utc_now() + LIFETIME)
            await work.rows(confirm.returning(table_of(Session).c.id))  # copies of the database are used for hours

        await run_use_case(self.database, Credentials(), begin)

    async def create_user(self, email: str = "outsider@nowhere.test", **values: Any) -> User:
        """Create a user who is signed in and has no membership."""

        async def insert(work: UnitOfWork) -> User:
            return await _insert_user(work, {"email": email, "full_name": "Outsider", **values})

        user: User = await run_use_case(self.database, Credentials(), insert)
        await self.sign_in(user)
        return user

    async def execute_sql(self, statement: Any) -> None:
        """Execute a statement directly, bypassing services and their validation."""
        async with self.database.write_engine.begin() as connection:
            await connection.execute(statement)

    async def fetch_rows(self, statement: Any) -> list[Any]:
        """Return the rows of a statement, read directly from the database."""
        async with self.database.write_engine.begin() as connection:
            return list(await connection.execute(statement))

    def _refresh_token_row(self, user: User) -> RefreshToken:
        """Return the stored row of the user's known refresh token."""
        return RefreshToken(hash=hash_secret(known_refresh_token(user.email)), session_id=self.session_ids[user.id])

    def session_id(self, role: Role) -> UUID:
        """Return the session of the clients of a member of `tenant`."""
        return self.session_ids[self.tenant.users[role].id]

    def access_token(self, user: User) -> str:
        """Return an access token of a signed-in user."""
        return self.tokens.issue(user.id, self.session_ids[user.id])

    def client(self, user: User | None = None, tenant: str | None = None) -> Client:
        """Return a client signed in as this user, or an anonymous one."""
        headers = {"Authorization": f"Bearer {self.access_token(user)}"} if user else {}
        return Client(self.http, **headers | ({"X-Tenant": tenant} if tenant else {}))


async def create_app_fixture(database: Database, http: httpx.AsyncClient, tokens: AccessTokens) -> AppFixture:
    """Create two tenants with the slugs `here` and `there`, each with an owner, an admin and a member."""
    app_fixture = AppFixture(database, http, tokens, {}, {})

    async def insert_tenants(work: UnitOfWork) -> None:
        for slug in ("here", "there"):
            tenant = await people.add_tenant(work, slug.capitalize(), slug)
            users = {role: await _insert_user(work, _describe_user(slug, role)) for role in Role}
            for role, user in users.items():
                await people.add_member(work, tenant.id, user.id, role)
            app_fixture.tenants[slug] = TenantFixture(app_fixture, slug, tenant.id, users)

    await run_use_case(database, Credentials(), insert_tenants)
    await app_fixture.sign_in(*(user for tenant in app_fixture.tenants.values() for user in tenant.users.values()))
    return app_fixture


def _describe_user(slug: str, role: Role) -> dict[str, Any]:
    return {"email": f"{role.lower()}@{slug}.test", "full_name": f"{role.capitalize()} {slug.capitalize()}"}


async def _insert_user(work: UnitOfWork, values: dict[str, Any]) -> User:
    """Insert a user who has verified the email address."""
    return await people.add_user(work, FAST_PASSWORDS, {"email_verified_at": utc_now(), **values}, PASSWORD)


def known_refresh_token(email: str) -> str:
    """Return the known refresh token of a user's session."""
    return f"{REFRESH_TOKEN_PREFIX}of_{email}"


def known_email_token(purpose: Purpose, email: str) -> str:
    """Return the known email token of a user for this purpose."""
    return f"{EMAIL_TOKEN_PREFIX}{purpose.lower()}_{email}"


def _email_token_rows(user: User) -> list[EmailToken]:
    """Return the stored rows of the user's known email tokens, one for each purpose."""
    values: dict[str, Any] = {"user_id": user.id, "email": user.email, "expires_at": utc_now() + ONE_HOUR}
    return [
        EmailToken(hash=hash_secret(known_email_token(purpose, user.email)), purpose=purpose, **values)
        for purpose in Purpose
    ]


def global_id(row: Any) -> str:
    """Return the row's id in the form that clients use."""
    return public_id(type(row).__tablename__, row.id)
