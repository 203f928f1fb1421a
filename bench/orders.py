"""Orders placed per second, beside the same statements by hand.

    python -m bench.orders [--short]

It brings a PostgreSQL of its own. Ratios matter; the numbers are those of the machine.
"""

import asyncio
import json
import random
import sys
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg

from bench.by_hand import OPEN
from bench.ledger import Ledger, make_ledger
from bench.ratio import per_second, report
from models.base import now
from models.ids import new_id
from models.order import new_number
from server.database import connect
from server.migrate import upgrade
from server.settings import load_settings
from services import order, product
from services.unit_of_work import UnitOfWork
from tests.harness.cluster import Cluster

AT_ONCE = 8
PRODUCTS = 50
PLENTY = 1_000_000
ADDRESS = "1 Orchard Lane"
LOCK = "SELECT id, price, stock, active FROM product WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE"
TAKE = "UPDATE product SET stock = $3, updated_at = $4, version = version + 1 WHERE tenant_id = $1 AND id = $2"
ORDER = """
INSERT INTO "order" (tenant_id, id, created_at, updated_at, version, number, status, total, shipping_address,
    placed_by_id)
VALUES ($1, $2, $3, $3, 1, $4, 'PENDING', $5, $6, $7)
"""
ITEM = """
INSERT INTO order_item (tenant_id, id, created_at, updated_at, version, order_id, product_id, quantity, unit_price,
    subtotal)
VALUES ($1, $2, $3, $3, 1, $4, $5, 1, $6, $6)
"""
EVENT = """
INSERT INTO event (tenant_id, id, stream_type, stream_id, version, type, schema_version, data, meta, created_at,
    transaction_id)
VALUES ($1, $2, 'order', $3, 1, 'OrderPlaced', 1, $4, '{}', $5, pg_current_xact_id()::text::bigint)
"""


async def _stocked(number: int, work: UnitOfWork) -> UUID:
    values = {"name": f"Product {number}", "price": Decimal("2.50"), "stock": PLENTY}
    id: UUID = (await product.create_product(work, values)).id
    return id


async def by_hand(pool: Any, shop: Ledger, id: UUID) -> None:
    """One of a product, as one would write it on the driver."""
    async with pool.acquire() as connection, connection.transaction():
        actor = await connection.fetchrow(OPEN, shop.caller.user_id, shop.caller.tenant)
        tenant, time, placed, number = actor["tenant_id"], now(), new_id(), new_number()
        row = await connection.fetchrow(LOCK, tenant, id)
        if not row["active"] or row["stock"] < 1:
            raise ArithmeticError
        await connection.execute(TAKE, tenant, id, row["stock"] - 1, time)
        await connection.execute(ORDER, tenant, placed, time, number, row["price"], ADDRESS, actor["id"])
        await connection.execute(ITEM, tenant, new_id(), time, placed, id, row["price"])
        data = {"number": number, "items": [{"product_id": str(id), "quantity": 1}], "total": str(row["price"])}
        await connection.execute(EVENT, tenant, new_id(), placed, json.dumps(data), time)


async def measure(url: str, *, short: bool) -> None:
    """Orders of one product each: one at a time, many of all products, and many that want the same one."""
    settings = load_settings(None, environment="test", database_url=url, secret_key="x" * 40, db_pool_size=AT_ONCE)
    database, seconds, chance = connect(settings), (0.5 if short else 5.0), random.Random(1)  # noqa: S311
    shop = await make_ledger(database)
    ids = [await shop.do(partial(_stocked, number)) for number in range(PRODUCTS)]
    one: Callable[[], UUID] = lambda: ids[0]  # noqa: E731
    anyone: Callable[[], UUID] = lambda: chance.choice(ids)  # noqa: E731

    async def ours(which: Callable[[], UUID]) -> None:
        lines = [order.Line(which(), 1)]
        await shop.do(lambda work: order.place_order(work, lines, ADDRESS))

    print(f"{'placeOrder':<44}{'allotment':>10}{'by hand':>12}")
    async with asyncpg.create_pool(url, min_size=AT_ONCE, max_size=AT_ONCE) as pool:
        for what, which, at_once in (
            ("alone", anyone, 1),
            (f"{AT_ONCE} at once, of {PRODUCTS} products", anyone, AT_ONCE),
            (f"{AT_ONCE} at once, all of one product", one, AT_ONCE),
        ):
            mine = await per_second(partial(ours, which), seconds=seconds, at_once=at_once)
            hand = await per_second(
                lambda which=which: by_hand(pool, shop, which()),  # type: ignore[misc]
                seconds=seconds,
                at_once=at_once,
            )
            print(report(what, mine, hand))
    await database.close()


def main() -> None:
    """Measure."""
    with Cluster(replicas=0) as cluster:
        cluster.execute("CREATE DATABASE bench OWNER allotment")
        url = cluster.dsn(database="bench")
        upgrade(url)
        asyncio.run(measure(url, short="--short" in sys.argv))


if __name__ == "__main__":
    main()
