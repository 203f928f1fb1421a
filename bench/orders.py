"""Measures orders per second, compared with the same statements in hand-written code, with the audit in both.

    python -m bench.orders [--short]

It starts its own PostgreSQL server. The ratios are what counts; the absolute figures depend on the machine.
"""

import asyncio
import datetime
import json
import random
import sys
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from bench.hand_written_audit import Change, open_pool, record_changes
from bench.hand_written_transfer import IDENTITY_STATEMENT
from bench.ledger import Ledger, create_ledger
from bench.throughput import compare_per_second, format_ratio
from models.base import utc_now
from models.ids import new_id, new_ids, public_id
from models.log import WRITE_EPOCH
from models.order import generate_order_number
from server.config.settings import load_settings
from server.database_factory import build_database
from server.database_revision import upgrade_database
from services.core.unit_of_work import UnitOfWork
from services.shop import order, product
from tests.harness.cluster import Cluster

CONCURRENCY = 8
PRODUCTS = 50
STOCK = 1_000_000
ADDRESS = "1 Orchard Lane"
LOCK = "SELECT id, price, stock, active, version FROM product WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE"
UPDATE_STOCK = "UPDATE product SET stock = $3, updated_at = $4, version = version + 1 WHERE tenant_id = $1 AND id = $2"
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
EVENT = f"""
INSERT INTO event (tenant_id, id, stream_type, stream_id, version, type, schema_version, data, meta, created_at,
    epoch, log_transaction)
VALUES ($1, $2, 'order', $3, 1, 'OrderPlaced', 1, $4, '{{}}', $5, {WRITE_EPOCH}, pg_current_xact_id()::text::bigint)
"""  # noqa: S608 -- no values


async def _create_product(number: int, work: UnitOfWork) -> UUID:
    values = {"name": f"Product {number}", "price": Decimal("2.50"), "stock": STOCK}
    id: UUID = (await product.create_product(work, values)).id
    return id


async def place_order_by_hand(pool: Any, shop: Ledger, id: UUID) -> None:
    """Order one unit of a product, with hand-written code on asyncpg."""
    async with pool.acquire() as connection, connection.transaction():
        principal = await connection.fetchrow(IDENTITY_STATEMENT, shop.credentials.user_id, shop.credentials.tenant)
        tenant, time, number = principal["tenant_id"], utc_now(), generate_order_number()
        order_id, item_id = new_ids(2)
        row = await connection.fetchrow(LOCK, tenant, id)
        if not row["active"] or row["stock"] < 1:
            raise ArithmeticError
        await connection.execute(UPDATE_STOCK, tenant, id, row["stock"] - 1, time)
        await connection.execute(ORDER, tenant, order_id, time, number, row["price"], ADDRESS, principal["id"])
        await connection.execute(ITEM, tenant, item_id, time, order_id, id, row["price"])
        data = {"number": number, "items": [{"product_id": str(id), "quantity": 1}], "total": str(row["price"])}
        await connection.execute(EVENT, tenant, new_id(), order_id, json.dumps(data), time)
        order_values = _order_values(principal["id"], time, number, row["price"])
        changes = [
            Change("Order", order_id, order_values, visible_only_to_id=principal["id"]),
            Change("OrderItem", item_id, _item_values(time, order_id, row)),
            Change("Product", id, {"stock": row["stock"] - 1}, {"stock": row["stock"]}, row["version"] + 1),
        ]
        await record_changes(connection, principal, time, changes)


def _order_values(user: UUID, time: datetime.datetime, number: str, total: int) -> dict[str, Any]:
    sums = {"number": number, "status": "PENDING", "total": _price(total)}
    return {"createdAt": time.isoformat(), **sums, "shippingAddress": ADDRESS, "placedById": public_id("user", user)}


def _item_values(time: datetime.datetime, order: UUID, product: Any) -> dict[str, Any]:
    references = {"orderId": public_id("order", order), "productId": public_id("product", product["id"])}
    price = _price(product["price"])
    return {"createdAt": time.isoformat(), **references, "quantity": 1, "unitPrice": price, "subtotal": price}


def _price(units: int) -> str:
    return f"{Decimal(units).scaleb(-2):f}"


async def measure(url: str, *, short: bool) -> None:
    """Measure orders of one product each: sequential, concurrent for all products, and concurrent for one product."""
    settings = load_settings(None, environment="test", database_url=url, secret_key="x" * 40, db_pool_size=CONCURRENCY)
    database, seconds, rng = build_database(settings), (0.5 if short else 5.0), random.Random(1)  # noqa: S311
    shop = await create_ledger(database)
    ids = [await shop.run(partial(_create_product, number)) for number in range(PRODUCTS)]
    select_first: Callable[[], UUID] = lambda: ids[0]  # noqa: E731
    select_any: Callable[[], UUID] = lambda: rng.choice(ids)  # noqa: E731

    async def place_order(select: Callable[[], UUID]) -> None:
        lines = [order.OrderLine(select(), 1)]
        await shop.run(lambda work: order.place_order(work, lines, ADDRESS))

    print(f"{'placeOrder':<44}{'allotment':>10}{'by hand':>12}")
    async with open_pool(url, CONCURRENCY) as pool:
        for label, select, concurrency in (
            ("sequential", select_any, 1),
            (f"{CONCURRENCY} concurrent, of {PRODUCTS} products", select_any, CONCURRENCY),
            (f"{CONCURRENCY} concurrent, all of one product", select_first, CONCURRENCY),
        ):
            speeds = await compare_per_second(
                partial(place_order, select),
                lambda select=select: place_order_by_hand(pool, shop, select()),  # type: ignore[misc]
                seconds=seconds,
                concurrency=concurrency,
            )
            print(format_ratio(label, *speeds))
    await database.close()


def main() -> None:
    """Run the benchmark."""
    with Cluster(replicas=0) as cluster:
        cluster.execute("CREATE DATABASE bench OWNER allotment")
        url = cluster.dsn(database="bench")
        upgrade_database(url)
        asyncio.run(measure(url, short="--short" in sys.argv))


if __name__ == "__main__":
    main()
