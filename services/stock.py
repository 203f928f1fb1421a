"""What is there to be ordered: locked in one order, so that no two who take from it wait for each other in a circle."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from models import Product
from services import records
from services.unit_of_work import UnitOfWork

MOST = 1_000_000_000
"""How many of a product there can be; what cancelled orders give back may go beyond."""


async def locked(work: UnitOfWork, ids: Iterable[UUID]) -> dict[UUID, Product]:
    """Those of the products that are there for the caller; until the end nobody else changes them."""
    found: dict[UUID, Product] = await records.locked(work, Product, ids)
    return found


async def take(work: UnitOfWork, products: Mapping[UUID, Product], quantities: Mapping[UUID, int]) -> None:
    """So many less of each of the locked products."""
    for id, quantity in quantities.items():
        products[id].stock -= quantity
    await work.flush()


async def give_back(work: UnitOfWork, quantities: Mapping[UUID, int]) -> None:
    """So many more of each."""
    for id, product in (await locked(work, quantities)).items():
        product.stock += quantities[id]
    await work.flush()
