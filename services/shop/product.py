"""Products and their stock."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from models import OrderItem, Product
from models.product import StockAdjustment
from models.relations import table_of
from queries.scope import visible
from services.core import events, records
from services.core.errors import Code, Problem, Rejected
from services.core.unit_of_work import UnitOfWork
from services.core.validation import check_values
from services.shop.event_types import StockAdjusted

MAX_STOCK = 1_000_000_000
"""The largest stock that can be entered. Items of cancelled orders may raise the stock beyond it."""


async def create_product(work: UnitOfWork, values: dict[str, Any]) -> Product:
    has_too_much = (values.get("stock") or 0) > MAX_STOCK
    problems = [_stock_problem(values["stock"], "input", "stock")] if has_too_much else []
    product: Product = await records.create(work, Product, values, *problems)
    if product.stock:
        await _append_adjustment(work, product, product.stock, "Opening stock")
    return product


async def delete_product(work: UnitOfWork, id: UUID, expected_version: int | None) -> UUID | Product:
    """Delete the product and return its id. A product that orders refer to is made inactive and returned instead."""
    product: Product = await records.get_for_delete(work, Product, id, expected_version)
    item = table_of(OrderItem)
    if await work.rows(select(item.c.id).where(visible(item), item.c.product_id == id).limit(1)):
        product.active = False
        await work.flush()
        return product
    await work.delete(product)
    return id


async def adjust_stock(work: UnitOfWork, id: UUID, delta: int, reason: str) -> Product:
    """Add a positive or negative number to the stock. Rejected if the stock would become negative or too large."""
    clean, problems = check_values(StockAdjustment, {"delta": delta, "reason": reason})
    if delta == 0:
        problems.append(Problem(Code.INVALID, ("delta",), "Must not be 0."))
    if problems:
        raise Rejected(*problems)
    product: Product = await work.get_for_update(Product, id, "product_id")
    if not 0 <= product.stock + delta <= MAX_STOCK:
        raise Rejected(_stock_problem(product.stock + delta, "delta"))
    product.stock += delta
    await _append_adjustment(work, product, delta, clean["reason"])
    return product


async def _append_adjustment(work: UnitOfWork, product: Product, delta: int, reason: str) -> None:
    event = StockAdjusted(delta=delta, reason=reason, stock=product.stock)
    await events.append_events(work, "product", product.id, event)


def _stock_problem(stock: int, *path: str) -> Problem:
    return Problem(Code.OUT_OF_RANGE, path, f"The stock must be between 0 and {MAX_STOCK:,}; it would be {stock:,}.")
