"""Products and their stock."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from models import OrderItem, Product
from models.product import StockAdjustment
from models.relations import table_of
from queries.scope import visible
from services import events, records, stock
from services.errors import Code, Problem, Refused
from services.event_types.shop import StockAdjusted
from services.unit_of_work import UnitOfWork
from services.validation import checked


async def create_product(work: UnitOfWork, values: dict[str, Any]) -> Product:
    if values.get("stock") is not None:
        _check_stock(values["stock"], "input", "stock")
    product: Product = await records.create(work, Product, values)
    if product.stock:
        await _note(work, product, product.stock, "Opening stock")
    return product


async def update_product(work: UnitOfWork, id: UUID, values: dict[str, Any], expected_version: int | None) -> Product:
    product: Product = await records.update(work, Product, id, values, expected_version)
    return product


async def delete_product(work: UnitOfWork, id: UUID, expected_version: int | None) -> UUID | Product:
    """The id of the deleted product. One that was ever ordered stays, for the orders' sake, and becomes inactive."""
    product: Product = await records.doomed(work, Product, id, expected_version)
    item = table_of(OrderItem)
    if await work.rows(select(item.c.id).where(visible(item), item.c.product_id == id).limit(1)):
        product.active = False
        await work.flush()
        return product
    await work.delete(product)
    return id


async def adjust_stock(work: UnitOfWork, id: UUID, delta: int, reason: str) -> Product:
    """So many more or fewer in stock, but never fewer than none."""
    clean = checked(StockAdjustment, {"delta": delta, "reason": reason})
    if delta == 0:
        raise Refused(Problem(Code.INVALID, ("delta",), "Say how many more or fewer there are."))
    product: Product = await work.get(Product, id, "product_id")
    _check_stock(product.stock + delta, "delta")
    product.stock += delta
    await _note(work, product, delta, clean["reason"])
    return product


async def _note(work: UnitOfWork, product: Product, delta: int, reason: str) -> None:
    adjusted = StockAdjusted(delta=delta, reason=reason, stock=product.stock)
    await events.append(work, "product", product.id, adjusted)


def _check_stock(number: int, *path: str) -> None:
    if not 0 <= number <= stock.MOST:
        message = f"The stock must be from 0 to {stock.MOST:,}, and would be {number:,}."
        raise Refused(Problem(Code.OUT_OF_RANGE, path, message))
