"""Product: type, queries and mutations."""

import strawberry

from models import Product
from resolvers import product
from schema.connection import connection_type
from schema.derive import object_type
from schema.mutations import delete_mutation, row_mutation
from schema.node import Node
from schema.relations import to_many
from schema.root_fields import list_field, object_field
from services.core.access import Access


@object_type(Product, "id", "name", "description", "price", "stock", "active", "created_at", "updated_at", "version")
class ProductType(Node):
    order_items = to_many(Product, "order_items")


ProductConnection = connection_type("product")


@strawberry.type
class ProductQueries:
    product = object_field(
        "product", access=Access.MEMBER, description="A product by its id; null if it does not exist."
    )
    products = list_field(
        "product", access=Access.MEMBER, description="All products of the current tenant, including inactive ones."
    )


@strawberry.type
class ProductMutations:
    create_product = row_mutation(
        "product", product.create_product, access=Access.ADMIN, description="Create a product."
    )
    update_product = row_mutation(
        "product",
        product.update_product,
        access=Access.ADMIN,
        description="Update a product. Existing orders keep their price. To change the stock, use adjustStock.",
    )
    delete_product = delete_mutation(
        "product",
        product.delete_product,
        access=Access.ADMIN,
        description="Delete a product. A product that was ever ordered is deactivated instead, because orders refer to "
        "it; then `deletedId` is null and the product is returned.",
        row_condition="if it was not deleted because it was ordered or because of a version conflict",
    )
    adjust_stock = row_mutation(
        "product",
        product.adjust_stock,
        access=Access.ADMIN,
        description="Add to or subtract from a product's stock, for deliveries, losses or stocktaking. Concurrent "
        "adjustments add up.",
    )
