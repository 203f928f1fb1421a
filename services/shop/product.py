"""Products and their stock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from models import OrderItem, Product
from models.base import utc_now
from models.product import StockAdjustment
from models.relations import table_of
from queries.scope import visible
from services.core import bulk, events, records
from services.core.bulk_batch import Batch, check_count
from services.core.bulk_result import BulkResult, ErrorPolicy
from services.core.errors import Code, Problem, ProblemParams, Rejected, not_found
from services.core.unit_of_work import UnitOfWork
from services.core.validation import check_values, validate
from services.shop.event_types import StockAdjusted

MAX_STOCK = 1_000_000_000
"""The largest stock that can be entered. Items of cancelled orders may raise the stock beyond it."""


async def create_product(work: UnitOfWork, values: dict[str, Any]) -> Product:
    problems = [_stock_problem(values["stock"], "input", "stock")] if _find_stock_problems(values) else []
    product: Product = await records.create(work, Product, values, *problems)
    if product.stock:
        await _append_adjustment(work, product, product.stock, "Opening stock")
    return product


async def create_products(work: UnitOfWork, rows: Sequence[dict[str, Any]], policy: ErrorPolicy) -> BulkResult:
    """Create many products, as `create_product` does."""
    result = await bulk.create_many(work, Product, rows, policy, check=_find_stock_problems)
    created = [row.row for row in result.rows if row.row is not None and row.row.stock]
    openings = {each.id: (0, _adjustment(each, each.stock, "Opening stock")) for each in created}
    if openings:
        await events.append_to_locked_streams(work, "product", openings, utc_now())
    return result


def _find_stock_problems(values: Mapping[str, Any]) -> list[Problem]:
    stock = values.get("stock") or 0
    return [_stock_problem(stock, "stock")] if stock > MAX_STOCK else []


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
    problems += _find_delta_problems(delta)
    product: Product | None = await work.find_for_update(Product, id)
    if product is None:
        raise Rejected(*not_found("product_id").problems, *problems)
    if "delta" in clean and (problem := _find_range_problem(product, delta)):
        problems.append(problem)
    if problems:
        raise Rejected(*problems)
    product.stock += delta
    await _append_adjustment(work, product, delta, clean["reason"])
    return product


@dataclass(frozen=True)
class StockChange:
    """A product, and the number to add to its stock."""

    product_id: UUID
    delta: int


async def adjust_stocks(
    work: UnitOfWork, changes: Sequence[StockChange], reason: str, policy: ErrorPolicy
) -> BulkResult:
    """Adjust the stock of many products for one reason, as `adjust_stock` does: one UPDATE for all products. Several
    changes of one product add up, in their order."""
    clean = validate(StockAdjustment, {"reason": reason})
    check_count(changes, "adjustments")
    batch = Batch(len(changes), policy, "adjustments")
    for position, change in enumerate(changes):
        if problems := _find_delta_problems(change.delta):
            batch.reject(position, problems)
    products = await records.lock_rows(work, Product, {changes[position].product_id for position in batch.accepted})
    adjustments: list[tuple[UUID, StockAdjusted]] = []
    for position in batch.accepted:
        product, delta = products.get(changes[position].product_id), changes[position].delta
        if product is None:
            batch.reject(position, not_found("product_id").problems)
        elif problem := _find_range_problem(product, delta):
            batch.reject(position, [problem])
        else:
            product.stock += delta
            adjustments.append((product.id, _adjustment(product, delta, clean["reason"])))
            batch.result.rows[position].row = product
    batch.apply_policy()
    if adjustments:
        await events.append_to_streams(work, "product", adjustments)  # also writes the stock
    return batch.result


def _find_delta_problems(delta: int) -> list[Problem]:
    return [Problem(Code.INVALID, ("delta",), "Must not be 0.")] if delta == 0 else []


def _find_range_problem(product: Product, delta: int) -> Problem | None:
    stock = product.stock + delta
    return None if 0 <= stock <= MAX_STOCK else _stock_problem(stock, "delta")


async def _append_adjustment(work: UnitOfWork, product: Product, delta: int, reason: str) -> None:
    await events.append_events(work, "product", product.id, _adjustment(product, delta, reason))


def _adjustment(product: Product, delta: int, reason: str) -> StockAdjusted:
    return StockAdjusted(delta=delta, reason=reason, stock=product.stock)


def _stock_problem(stock: int, *path: str) -> Problem:
    message = f"The stock must be between 0 and {MAX_STOCK:,}; it would be {stock:,}."
    return Problem(Code.OUT_OF_RANGE, path, message, ProblemParams(min=0, max=MAX_STOCK, actual=stock))
