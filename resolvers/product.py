"""Changes to products."""

from uuid import UUID

from models import Product
from resolvers.unpack import given, key
from schema.inputs.arguments import Delta, ExpectedVersion, Id, ProductId, Reason
from schema.inputs.product import CreateProductInput, UpdateProductInput
from services import product
from services.unit_of_work import UnitOfWork


async def create_product(work: UnitOfWork, input: CreateProductInput) -> Product:
    return await product.create_product(work, given(input))


async def update_product(
    work: UnitOfWork, id: Id, input: UpdateProductInput, expected_version: ExpectedVersion = None
) -> Product:
    return await product.update_product(work, key("product", id), given(input), expected_version)


async def delete_product(work: UnitOfWork, id: Id, expected_version: ExpectedVersion = None) -> UUID | Product:
    return await product.delete_product(work, key("product", id), expected_version)


async def adjust_stock(work: UnitOfWork, product_id: ProductId, delta: Delta, reason: Reason) -> Product:
    return await product.adjust_stock(work, key("product", product_id), delta, reason)
