"""Products in the contract."""

import strawberry

from models import Product
from resolvers import product
from schema.connection import connection_of
from schema.derive import shows
from schema.mutations import changes, deletes
from schema.node import Node
from schema.relations import many
from schema.roots import listing, single
from services.access import Access


@shows(Product, "id", "name", "description", "price", "stock", "active", "created_at", "updated_at", "version")
class ProductType(Node):
    order_items = many(Product, "order_items")


ProductConnection = connection_of("product")


@strawberry.type
class ProductQueries:
    product = single("product", allows=Access.MEMBER, description="A product by its id; null if there is none.")
    products = listing("product", allows=Access.MEMBER, description="All products, inactive ones included.")


@strawberry.type
class ProductMutations:
    create_product = changes("product", product.create_product, allows=Access.ADMIN, description="Create a product.")
    update_product = changes(
        "product",
        product.update_product,
        allows=Access.ADMIN,
        description="Change a product. Orders keep the price of their moment; the stock is changed with adjustStock.",
    )
    delete_product = deletes(
        "product",
        product.delete_product,
        allows=Access.ADMIN,
        description="Delete a product. One that was ever ordered is kept for the orders' sake, and made inactive: then "
        "deletedId is null, and the product is answered.",
        kept="if it was not deleted: because it was ordered, or was changed meanwhile",
    )
    adjust_stock = changes(
        "product",
        product.adjust_stock,
        allows=Access.ADMIN,
        description="Count more or fewer of a product in, for what no order explains: deliveries, losses, stocktaking. "
        "Two at once add up.",
    )
