"""`allotment seed`."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from database.authentication import Credentials
from database.engine import Database
from database.reader import Reader
from models import (
    Account,
    Article,
    AuditEntry,
    Document,
    Membership,
    Order,
    Product,
    Project,
    Task,
    TaskWorker,
    Team,
    Transfer,
    User,
    Worker,
)
from models.account import AccountKind
from models.article import ArticleStatus
from models.audit_entry import ActorKind, AuditAction
from models.membership import Role
from models.order import OrderStatus
from models.transfer import TransferKind
from queries.filters import Compare, is_principal
from queries.lists import PageQuery, select_page
from server.cli.database import run_with_database
from server.config.settings import Settings
from server.seed.bench import PASSWORD, list_bench_tenants, seed_bench
from server.seed.demo_users import DEMO_USERS, TENANTS, find_demo_users
from server.seed.tenant_rows import DatasetSize, TenantRows
from services.people.passwords import Passwords
from tests.support.command_line import CommandRunner
from tests.support.settings import PRODUCTION_SECRET_KEY

pytestmark = pytest.mark.slow

BENCH = ("seed", "--bench", "--scale", "0.02")
ROWS_PER_TENANT = {Team: 1, Project: 4, Worker: 4, Task: 200, TaskWorker: 200}


async def count_rows(database: Database, slug: str) -> dict[Any, int]:
    """Return the row counts that the owner of a benchmark tenant can read."""
    async with database.read_engine.connect() as connection:
        user = await connection.scalar(select(User.id).where(User.email == f"owner@{slug}.test"))  # type: ignore[call-overload]
    reader = Reader(database, Credentials(user, slug))
    assert (await reader.principal()).role is Role.OWNER
    row_counts = {}
    for model in ROWS_PER_TENANT:
        table = model.__table__  # type: ignore[attr-defined]
        is_own = table.c.tenant_id == (await reader.principal()).tenant_id
        ((row_counts[model],),) = await reader.rows(select(func.count()).select_from(table).where(is_own))
    await reader.release()
    return row_counts


async def list_password_hashes(database: Database) -> list[str]:
    async with database.read_engine.connect() as connection:
        return list(await connection.scalars(select(User.password_hash)))  # type: ignore[call-overload]


def test_demo_is_loaded_once(allotment: CommandRunner) -> None:
    first, second = allotment("seed"), allotment("seed")
    assert (first.exit_code, first.output) == (0, "Loaded the demo data.\n")
    assert (second.exit_code, second.output) == (0, "The demo data exist already.\n")


def test_demo_has_orders_in_every_status(allotment: CommandRunner, settings: Settings) -> None:
    assert allotment("seed").exit_code == 0
    run_with_database(settings, check_demo_shop)


async def check_demo_shop(database: Database) -> None:
    """Assert that the member sees some orders and the owner all, in every status, and that products are in stock."""
    orders = {}
    for role in ("member", "owner"):
        async with database.read_engine.connect() as connection:
            user = await connection.scalar(select(User.id).where(User.email == f"{role}@demo.test"))  # type: ignore[call-overload]
        reader = Reader(database, Credentials(user, "demo"))
        orders[role] = await reader.rows(select_page(Order, PageQuery(size=100)))
        products = await reader.rows(select_page(Product, PageQuery(size=100)))
        await reader.release()
    assert len(orders["owner"]) > len(orders["member"]) > 10
    assert {row.status for row in orders["owner"]} == set(OrderStatus)
    assert min(row.stock for row in products) > 0
    assert {row.active for row in products} == {True, False}


def test_demo_member_has_a_worker_with_tasks(allotment: CommandRunner, settings: Settings) -> None:
    assert allotment("seed").exit_code == 0
    run_with_database(settings, check_demo_account)


async def check_demo_account(database: Database) -> None:
    async with database.read_engine.connect() as connection:
        user = await connection.scalar(select(User.id).where(User.email == "member@demo.test"))  # type: ignore[call-overload]
    reader = Reader(database, Credentials(user, "demo"))
    (worker,) = await reader.rows(select_page(Worker, PageQuery(is_principal("user_id"))))
    tasks = await reader.rows(select_page(Task, PageQuery(Compare("assignee_id", "eq", worker.id))))
    assert worker.name == "Ada Beech"
    assert tasks
    await reader.release()


def test_demo_has_a_library_with_a_history(allotment: CommandRunner, settings: Settings) -> None:
    assert allotment("seed").exit_code == 0
    run_with_database(settings, check_demo_library)


async def check_demo_library(database: Database) -> None:
    """Assert that there are documents and articles in every state, and that users made the changes."""
    async with database.read_engine.connect() as connection:
        admin = await connection.scalar(select(User.id).where(User.email == "admin@demo.test"))  # type: ignore[call-overload]
    reader = Reader(database, Credentials(admin, "demo"))
    documents = await reader.rows(select_page(Document, PageQuery(size=100, include_deleted=True)))
    articles = await reader.rows(select_page(Article, PageQuery(size=100)))
    entries = await reader.rows(select_page(AuditEntry, PageQuery(size=1000)))
    await reader.release()
    assert {row.deleted_at is None for row in documents} == {True, False}
    assert {row.status for row in articles} == set(ArticleStatus)
    changes = [
        row for row in entries if row.noun in ("Document", "Article", "Task") and row.action != AuditAction.CREATED
    ]
    assert {row.action for row in changes} >= {AuditAction.UPDATED, AuditAction.DELETED, AuditAction.RESTORED}
    assert {row.actor_kind for row in changes} == {ActorKind.USER}
    assert admin in {row.actor_id for row in changes}


def test_demo_has_a_ledger_and_a_superuser_of_both_tenants(allotment: CommandRunner, settings: Settings) -> None:
    assert allotment("seed").exit_code == 0
    run_with_database(settings, check_demo_ledger)
    run_with_database(settings, check_demo_users)


async def check_demo_ledger(database: Database) -> None:
    """Assert that there are transfers of every kind, and open and closed accounts."""
    async with database.read_engine.connect() as connection:
        owner = await connection.scalar(select(User.id).where(User.email == "owner@demo.test"))  # type: ignore[call-overload]
    reader = Reader(database, Credentials(owner, "demo"))
    accounts = await reader.rows(select_page(Account, PageQuery(size=100)))
    transfers = await reader.rows(select_page(Transfer, PageQuery(size=100)))
    await reader.release()
    assert {row.kind for row in transfers} == set(TransferKind)
    assert {row.closed_at is None for row in accounts} == {True, False}
    assert sum(row.balance for row in accounts) == 0
    assert {row.name for row in accounts if row.kind is AccountKind.HELD and row.balance == 0} == {"Summer party"}


async def check_demo_users(database: Database) -> None:
    """Assert that all users are found, and that only one is a superuser."""
    async with database.read_engine.connect() as connection:
        assert await find_demo_users(connection) == DEMO_USERS
        superusers = await connection.scalars(select(User.email).where(User.is_superuser))  # type: ignore[call-overload]
        assert list(superusers) == ["superuser@demo.test"]
    assert set(DEMO_USERS["superuser@demo.test"].roles) == set(TENANTS)


@pytest.mark.only("sqlite")
@pytest.mark.parametrize("arguments", [["seed"], ["seed", "--bench"]])
def test_demo_and_benchmark_users_are_rejected_in_production(
    allotment: CommandRunner, settings: Settings, arguments: list[str]
) -> None:
    result = allotment(*arguments, ALLOTMENT_ENV="production", SECRET_KEY=PRODUCTION_SECRET_KEY, BCRYPT_ROUNDS="10")
    assert (result.exit_code, "ALLOTMENT_ENV=production" in result.stderr) == (1, True)
    assert run_with_database(settings, list_password_hashes) == []


@pytest.mark.only("sqlite")
def test_force_option_requires_bench_option(allotment: CommandRunner) -> None:
    assert allotment("seed", "--force").exit_code == 2


def test_benchmark_data_has_expected_rows(allotment: CommandRunner, settings: Settings) -> None:
    result = allotment(*BENCH)
    assert result.exit_code == 0, result.output
    assert result.output.startswith("Loaded 4,120 rows for 10 tenants in ")
    assert len(result.output.splitlines()) == 1  # no progress bar without a terminal
    assert sorted(run_with_database(settings, list_bench_tenants)) == [f"bench-{n}" for n in range(10)]
    assert run_with_database(settings, lambda database: count_rows(database, "bench-7")) == ROWS_PER_TENANT
    (password_hash,) = set(run_with_database(settings, list_password_hashes))
    assert run_with_database(settings, lambda _: Passwords(4).verify(PASSWORD, password_hash))


def test_existing_benchmark_data_is_replaced_only_with_force(allotment: CommandRunner, settings: Settings) -> None:
    allotment("seed")
    allotment(*BENCH)
    before = run_with_database(settings, list_bench_tenants)

    rejected = allotment(*BENCH)
    assert rejected.exit_code == 1
    assert rejected.stderr == "allotment: 10 benchmark tenants exist already; replace them with --force.\n"
    assert run_with_database(settings, list_bench_tenants) == before

    run_with_database(settings, lambda database: add_demo_user(database, before["bench-3"]))
    assert allotment(*BENCH, "--force").exit_code == 0
    after = run_with_database(settings, list_bench_tenants)
    assert after.keys() == before.keys()
    assert not set(after.values()) & set(before.values())
    assert run_with_database(settings, lambda database: count_rows(database, "bench-3")) == ROWS_PER_TENANT
    assert allotment("seed").output == "The demo data exist already.\n"


async def add_demo_user(database: Database, tenant_id: Any) -> None:
    """Add a user of the demo as a member of a benchmark tenant, who must not be deleted with it."""
    async with database.write_engine.begin() as connection:
        user_id: Any = await connection.scalar(select(User.id).where(User.email == "member@demo.test"))  # type: ignore[call-overload]
        membership = Membership(tenant_id=tenant_id, user_id=user_id, role=Role.MEMBER).model_dump()
        await connection.execute(insert(Membership).values(membership))


def test_progress_counts_all_rows_in_batches(settings: Settings) -> None:
    size = DatasetSize(tenants=1, teams=1, projects=1, workers=2, tasks=1500)
    batches: list[int] = []
    run_with_database(settings, lambda database: seed_bench(database, Passwords(4), size, batches.append))
    assert sum(batches) == size.rows
    assert max(batches) == 1000


def values_of(tenant: TenantRows) -> Iterator[tuple[str, list[Any]]]:
    """Return the values of the rows, without ids and timestamps."""
    for table, rows in tenant.tables():
        columns = ("name", "slug", "email", "title", "description", "status", "priority", "due_date", "role")
        yield table.name, [[row[column] for column in columns if column in row] for row in rows]


def test_benchmark_values_depend_on_the_tenant_only() -> None:
    size = DatasetSize(teams=2, projects=3, workers=3, tasks=300)
    first, second = (list(values_of(TenantRows("bench-1", size, "hash"))) for _ in range(2))
    assert first == second
    assert first != list(values_of(TenantRows("bench-2", size, "hash")))
    tasks = dict(first)["task"]
    assert len({len(title) for title, *_ in tasks}) > 20
    assert min(len(description) for _, description, *_ in tasks) == 0
    assert max(len(description) for _, description, *_ in tasks) > 400


@pytest.mark.long
def test_full_benchmark_data_has_expected_rows(allotment: CommandRunner, settings: Settings) -> None:
    result = allotment("seed", "--bench")
    assert result.output.startswith("Loaded 204,130 rows for 10 tenants in ")
    expected_counts = {Team: 10, Project: 200, Worker: 200, Task: 10_000, TaskWorker: 10_000}
    assert run_with_database(settings, lambda database: count_rows(database, "bench-0")) == expected_counts
