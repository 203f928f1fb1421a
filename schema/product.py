"""Products."""

from models import Product
from resolvers import product as resolvers
from schema.bulk import bulk_mutation, result_type
from schema.mutations import row_mutation
from schema.noun import BulkOperation, Noun, Operation
from services.core.access import Access
from services.shop import product

PRODUCT = Noun(
    Product,
    fields=("name", "description", "price", "stock", "active", "external_id"),
    relations=("order_items",),
    writable=("name", "description", "price", "active", "external_id"),
    create_only=("stock",),
    sortable=("name", "price", "stock"),
    read=Access.MEMBER,
    write=Access.ADMIN,
    list_description="All products of the current tenant, including inactive ones.",
    create=Operation(product.create_product),
    update=Operation(
        description="Update a product. Existing orders keep their price. To change the stock, use adjustStock."
    ),
    delete=Operation(
        product.delete_product,
        description="Delete a product. A product that was ever ordered is deactivated instead, because orders refer to "
        "it; then `deletedId` is null and the product is returned.",
        row_condition="if it was not deleted because it was ordered or because of a version conflict",
    ),
    upsert=Operation(product.create_product),
    bulk_create=BulkOperation(product.create_products),
    mutations={
        "adjust_stock": row_mutation(
            "product",
            resolvers.adjust_stock,
            access=Access.ADMIN,
            description="Add to or subtract from a product's stock, for deliveries, losses or stocktaking. Concurrent "
            "adjustments add up.",
        ),
        "bulk_adjust_stock": bulk_mutation(
            "product",
            resolvers.bulk_adjust_stock,
            result_type("product"),
            access=Access.ADMIN,
            description="Adjust the stock of many products for one reason.",
            sizes=("adjustments",),
        ),
    },
)
