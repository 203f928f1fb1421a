"""Products: adjust stock."""

from inputs.arguments import Delta, ProductId, Reason
from models import Product
from resolvers.unpack import decode_id
from services.core.unit_of_work import UnitOfWork
from services.shop import product


async def adjust_stock(work: UnitOfWork, product_id: ProductId, delta: Delta, reason: Reason) -> Product:
    return await product.adjust_stock(work, decode_id("product", product_id), delta, reason)
