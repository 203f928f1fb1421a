"""The shop of the demo data: a dozen products, and orders of all members in every status."""

import random
from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from uuid import UUID

from database.authentication import Credentials
from database.engine import Database
from models import Order, Product
from models.membership import Role
from server.seed import names
from services.core import records
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import run_use_case
from services.shop import order, product

ORDER_ACTIONS = ((), (), (), ("confirm",), ("confirm", "ship"), ("confirm", "ship", "deliver"), ("cancel",))
"""Sequences of actions, one of which is chosen at random for each order."""
ORDER_COUNTS = {Role.MEMBER: 14, Role.ADMIN: 6, Role.OWNER: 4}


async def seed_shop(database: Database, slug: str, user_ids: Mapping[Role, UUID]) -> None:
    """Create the products, and orders of each of these users."""
    seeder, owner = _ShopSeeder(slug), Credentials(user_ids[Role.OWNER], slug)
    products = await run_use_case(database, owner, seeder.create_products)
    for role, count in ORDER_COUNTS.items():
        buyer = Credentials(user_ids[role], slug)
        orders = await run_use_case(database, buyer, partial(seeder.place_orders, products, count))
        await run_use_case(database, owner, partial(seeder.advance_orders, orders))
    await run_use_case(database, owner, partial(seeder.deactivate, products[-1]))


class _ShopSeeder:
    """Creates the products and orders of a tenant."""

    def __init__(self, slug: str) -> None:
        self.random = random.Random(f"shop of {slug}")  # noqa: S311  (not for security)

    async def create_products(self, work: UnitOfWork) -> list[Product]:
        return [
            await product.create_product(
                work, {"name": name, "description": description, "price": Decimal(price), "stock": stock}
            )
            for name, price, stock, description in names.PRODUCTS
        ]

    async def place_orders(self, products: list[Product], count: int, work: UnitOfWork) -> list[Order]:
        """Place orders as the principal of the unit of work."""
        return [await order.place_order(work, self._lines(products), self._address()) for _ in range(count)]

    async def advance_orders(self, orders: list[Order], work: UnitOfWork) -> None:
        """Perform a random sequence of actions on each order."""
        for placed_order in orders:
            for action in self.random.choice(ORDER_ACTIONS):
                await order.advance_order(work, action, placed_order.id, None)

    async def deactivate(self, discontinued: Product, work: UnitOfWork) -> None:
        await records.update(work, Product, discontinued.id, {"active": False}, None)

    def _lines(self, products: list[Product]) -> list[order.OrderLine]:
        selected = self.random.sample(products, self.random.randint(1, 4))
        return [order.OrderLine(item.id, self.random.choice((1, 1, 1, 2, 3))) for item in selected]

    def _address(self) -> str:
        return f"{self.random.randint(1, 60)} {self.random.choice(names.STREETS)}\nGreenville"
