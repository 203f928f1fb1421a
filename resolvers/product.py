"""Products: create, update, delete, adjust stock."""

from uuid import UUID

from inputs.arguments import Delta, ExpectedVersion, Id, ProductId, Reason
from inputs.product import CreateProductInput, UpdateProductInput
from models import Product
from resolvers.unpack import decode_id, provided_fields
from services.core.unit_of_work import UnitOfWork
from services.shop import product


async def create_product(work: UnitOfWork, input: CreateProductInput) -> Product:
    return await product.create_product(work, provided_fields(input))


async def update_product(
    work: UnitOfWork, id: Id, input: UpdateProductInput, expected_version: ExpectedVersion = None
) -> Product:
    return await product.update_product(work, decode_id("product", id), provided_fields(input), expected_version)


async def delete_product(work: UnitOfWork, id: Id, expected_version: ExpectedVersion = None) -> UUID | Product:
    return await product.delete_product(work, decode_id("product", id), expected_version)


async def adjust_stock(work: UnitOfWork, product_id: ProductId, delta: Delta, reason: Reason) -> Product:
    return await product.adjust_stock(work, decode_id("product", product_id), delta, reason)
