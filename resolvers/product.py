"""Products: adjust stock, of one or of many."""

from inputs.arguments import Delta, ProductId, Reason
from inputs.bulk import ErrorPolicyArgument
from inputs.product import StockAdjustments
from models import Product
from resolvers.unpack import decode_id
from services.core.bulk_result import BulkResult, ErrorPolicy
from services.core.unit_of_work import UnitOfWork
from services.shop import product


async def adjust_stock(work: UnitOfWork, product_id: ProductId, delta: Delta, reason: Reason) -> Product:
    return await product.adjust_stock(work, decode_id("product", product_id), delta, reason)


async def bulk_adjust_stock(
    work: UnitOfWork,
    adjustments: StockAdjustments,
    reason: Reason,
    error_policy: ErrorPolicyArgument = ErrorPolicy.REJECT_ALL,
) -> BulkResult:
    changes = [product.StockChange(decode_id("product", row.product_id), row.delta) for row in adjustments]
    return await product.adjust_stocks(work, changes, reason, error_policy)
