"""`allotment seed`."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from models import Membership, Order, Product, Project, Task, TaskWorker, Team, User, Worker
from models.membership import Role
from models.order import OrderStatus
from queries.caller import Caller
from queries.lists import Ask, listed
from queries.reader import Reader
from server.cli.database import run
from server.database import Database
from server.seed.bench import PASSWORD, bench_tenants, seed_bench
from server.seed.plot import Plot, Size
from server.settings import Settings
from services.passwords import Passwords
from tests.support.command_line import Allotment

BENCH = ("seed", "--bench", "--scale", "0.02")
PER_TENANT = {Team: 1, Project: 4, Worker: 4, Task: 200, TaskWorker: 200}
SAFE_SECRET = "0q9w8e7rtyuio3pas5dfghj2klzxcvbnm"


async def counts(database: Database, slug: str) -> dict[Any, int]:
    """How many rows the owner of a bench tenant finds there."""
    async with database.reading.connect() as connection:
        user = await connection.scalar(select(User.id).where(User.email == f"owner@{slug}.test"))  # type: ignore[call-overload]
    reader = Reader(database.reading, Caller(user, slug))
    assert (await reader.actor()).role is Role.OWNER
    found = {}
    for model in PER_TENANT:
        table = model.__table__  # type: ignore[attr-defined]
        mine = table.c.tenant_id == (await reader.actor()).tenant_id
        ((found[model],),) = await reader.rows(select(func.count()).select_from(table).where(mine))
    await reader.release()
    return found


async def passwords_of(database: Database) -> list[str]:
    async with database.reading.connect() as connection:
        return list(await connection.scalars(select(User.password_hash)))  # type: ignore[call-overload]


def test_the_demo_is_loaded_once(allotment: Allotment) -> None:
    first, second = allotment("seed"), allotment("seed")
    assert (first.exit_code, first.output) == (0, "Loaded the demo data.\n")
    assert (second.exit_code, second.output) == (0, "The demo data are there already.\n")


def test_the_demo_has_a_shop_with_orders_at_every_point_of_their_way(allotment: Allotment, settings: Settings) -> None:
    assert allotment("seed").exit_code == 0
    run(settings, shop_of_the_demo)


async def shop_of_the_demo(database: Database) -> None:
    """Fails unless the demo's member sees some orders, its owner all, in every status, and stock is left."""
    seen = {}
    for person in ("member", "owner"):
        async with database.reading.connect() as connection:
            user = await connection.scalar(select(User.id).where(User.email == f"{person}@demo.test"))  # type: ignore[call-overload]
        reader = Reader(database.reading, Caller(user, "demo"))
        seen[person] = await reader.rows(listed(Order, Ask(size=100)))
        products = await reader.rows(listed(Product, Ask(size=100)))
        await reader.release()
    assert len(seen["owner"]) > len(seen["member"]) > 10
    assert {row.status for row in seen["owner"]} == set(OrderStatus)
    assert min(row.stock for row in products) > 0
    assert {row.active for row in products} == {True, False}


@pytest.mark.only("sqlite")
@pytest.mark.parametrize("arguments", [["seed"], ["seed", "--bench"]])
def test_made_up_people_stay_out_of_production(allotment: Allotment, settings: Settings, arguments: list[str]) -> None:
    result = allotment(*arguments, ALLOTMENT_ENV="production", SECRET_KEY=SAFE_SECRET, BCRYPT_ROUNDS="10")
    assert (result.exit_code, "ALLOTMENT_ENV=production" in result.stderr) == (1, True)
    assert run(settings, passwords_of) == []


@pytest.mark.only("sqlite")
def test_force_is_for_the_large_set_only(allotment: Allotment) -> None:
    assert allotment("seed", "--force").exit_code == 2


def test_the_large_set_has_what_it_says(allotment: Allotment, settings: Settings) -> None:
    result = allotment(*BENCH)
    assert result.exit_code == 0, result.output
    assert result.output.startswith("Loaded 4,120 rows for 10 tenants in ")
    assert len(result.output.splitlines()) == 1  # no progress where nobody watches
    assert sorted(run(settings, bench_tenants)) == [f"bench-{n}" for n in range(10)]
    assert run(settings, lambda database: counts(database, "bench-7")) == PER_TENANT
    (one,) = set(run(settings, passwords_of))
    assert run(settings, lambda _: Passwords(4).verify(PASSWORD, one))


def test_a_second_large_set_is_refused_or_replaces_the_first(allotment: Allotment, settings: Settings) -> None:
    allotment("seed")
    allotment(*BENCH)
    before = run(settings, bench_tenants)

    refused = allotment(*BENCH)
    assert refused.exit_code == 1
    assert refused.stderr == "allotment: 10 bench tenants are there already; replace them with --force.\n"
    assert run(settings, bench_tenants) == before

    run(settings, lambda database: enrol_a_guest(database, before["bench-3"]))
    assert allotment(*BENCH, "--force").exit_code == 0
    after = run(settings, bench_tenants)
    assert after.keys() == before.keys()
    assert not set(after.values()) & set(before.values())
    assert run(settings, lambda database: counts(database, "bench-3")) == PER_TENANT
    assert allotment("seed").output == "The demo data are there already.\n"


async def enrol_a_guest(database: Database, tenant_id: Any) -> None:
    """Somebody of the demo who became a member of a bench tenant, and outlives it."""
    async with database.writing.begin() as connection:
        guest: Any = await connection.scalar(select(User.id).where(User.email == "member@demo.test"))  # type: ignore[call-overload]
        place = Membership(tenant_id=tenant_id, user_id=guest, role=Role.MEMBER).model_dump()
        await connection.execute(insert(Membership).values(place))


def test_batches_are_counted(settings: Settings) -> None:
    size = Size(tenants=1, teams=1, projects=1, workers=2, tasks=1500)
    heard: list[int] = []
    run(settings, lambda database: seed_bench(database, Passwords(4), size, heard.append))
    assert sum(heard) == size.rows
    assert max(heard) == 1000


def said(plot: Plot) -> Iterator[tuple[str, list[Any]]]:
    """What the rows of a plot say, without ids and times."""
    for table, rows in plot.tables():
        words = ("name", "slug", "email", "title", "description", "status", "priority", "due_date", "role")
        yield table.name, [[row[word] for word in words if word in row] for row in rows]


def test_what_it_says_depends_on_the_tenant_only() -> None:
    size = Size(teams=2, projects=3, workers=3, tasks=300)
    first, second = (list(said(Plot("bench-1", size, "hash"))) for _ in range(2))
    assert first == second
    assert first != list(said(Plot("bench-2", size, "hash")))
    tasks = dict(first)["task"]
    assert len({len(title) for title, *_ in tasks}) > 20
    assert min(len(description) for _, description, *_ in tasks) == 0
    assert max(len(description) for _, description, *_ in tasks) > 400


@pytest.mark.slow
def test_the_large_set_in_full(allotment: Allotment, settings: Settings) -> None:
    result = allotment("seed", "--bench")
    assert result.output.startswith("Loaded 204,130 rows for 10 tenants in ")
    full = {Team: 10, Project: 200, Worker: 200, Task: 10_000, TaskWorker: 10_000}
    assert run(settings, lambda database: counts(database, "bench-0")) == full
