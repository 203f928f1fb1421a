"""The demo's shop: a dozen products, and orders of everybody's at every point of their way."""

import random
from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from uuid import UUID

from models import Order, Product
from models.membership import Role
from queries.caller import Caller
from server.database import Database
from server.seed import words
from services import order, product
from services.unit_of_work import UnitOfWork, perform

WAYS = ((), (), (), ("confirm",), ("confirm", "ship"), ("confirm", "ship", "deliver"), ("cancel",))
"""What became of orders, by the steps they took."""
ORDERS = {Role.MEMBER: 14, Role.ADMIN: 6, Role.OWNER: 4}


async def seed_shop(database: Database, slug: str, people: Mapping[Role, UUID]) -> None:
    """Products, and orders of each of these people."""
    shop, owner = _Shop(slug), Caller(people[Role.OWNER], slug)
    products = await perform(database.writing, owner, shop.fill)
    for role, number in ORDERS.items():
        buyer = Caller(people[role], slug)
        orders = await perform(database.writing, buyer, partial(shop.buy, products, number))
        await perform(database.writing, owner, partial(shop.handle, orders))
    await perform(database.writing, owner, partial(shop.retire, products[-1]))


class _Shop:
    """A tenant's shop."""

    def __init__(self, slug: str) -> None:
        self.random = random.Random(f"shop of {slug}")  # noqa: S311  (nothing secret)

    async def fill(self, work: UnitOfWork) -> list[Product]:
        """What there is to buy."""
        return [
            await product.create_product(
                work, {"name": name, "description": about, "price": Decimal(price), "stock": stock}
            )
            for name, price, stock, about in words.PRODUCTS
        ]

    async def buy(self, products: list[Product], number: int, work: UnitOfWork) -> list[Order]:
        """So many orders of whoever it is done for."""
        return [await order.place_order(work, self._lines(products), self._address()) for _ in range(number)]

    async def handle(self, orders: list[Order], work: UnitOfWork) -> None:
        """Each order some way on."""
        for each in orders:
            for step in self.random.choice(WAYS):
                await order.take_step(work, step, each.id, None)

    async def retire(self, old: Product, work: UnitOfWork) -> None:
        """A product that is not sold any more."""
        await product.update_product(work, old.id, {"active": False}, None)

    def _lines(self, products: list[Product]) -> list[order.Line]:
        chosen = self.random.sample(products, self.random.randint(1, 4))
        return [order.Line(each.id, self.random.choice((1, 1, 1, 2, 3))) for each in chosen]

    def _address(self) -> str:
        return f"{self.random.randint(1, 60)} {self.random.choice(words.STREETS)}\nGreenville"
