"""Visibility of orders on every access path: members see their own orders, admins and owners all."""

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete

from database.authentication import Credentials
from models import Membership, OrderItem, Product
from models.base import utc_now
from models.membership import Role
from models.relations import table_of
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import run_use_case
from services.people import user as people
from tests.support import documents
from tests.support.app_fixture import FAST_PASSWORDS, PASSWORD, AppFixture, global_id
from tests.support.sample_data import fetch_table

if TYPE_CHECKING:
    from tests.support.client import Client

ALL_PATHS = """
query ($where: OrderWhere) {
  orders { totalCount nodes { id } }
  filtered: orders(where: $where) { totalCount nodes { id } }
  viewer { orders { totalCount nodes { id } } }
  products { nodes { orderItems { totalCount nodes { id quantity order { id } } } } }
  orderTotals { status count total }
}
"""


class Shop:
    """One product, of which the member, another member and the owner have ordered 1, 2 and 3."""

    def __init__(self, app_fixture: AppFixture) -> None:
        self.app_fixture = app_fixture
        self.orders: dict[str, str] = {}
        self.clients: dict[str, Client] = {}

    async def create(self) -> "Shop":
        """Create the product, the second member and the orders."""
        tenant = self.app_fixture.tenant
        self.product = await tenant.create(Product, price="1.00", stock=100)
        colleague = await self._create_colleague()
        self.clients = {"colleague": self.app_fixture.client(colleague, tenant.slug)}
        self.clients |= {role.lower(): tenant.client(role) for role in Role}
        for number, name in enumerate(("member", "colleague", "owner"), 1):
            values = {"items": [{"productId": global_id(self.product), "quantity": number}], "shippingAddress": name}
            response = await self.clients[name](documents.PLACE_ORDER, input=values)
            self.orders[name] = response.payload("placeOrder")["order"]["id"]
        return self

    async def _create_colleague(self) -> Any:
        async def insert_member(work: UnitOfWork) -> Any:
            values = {"email": "colleague@here.test", "full_name": "Colleague"}
            user = await people.add_user(work, FAST_PASSWORDS, values, PASSWORD)
            await people.add_member(work, self.app_fixture.tenant.id, user.id, Role.MEMBER)
            return user

        colleague = await run_use_case(self.app_fixture.database, Credentials(), insert_member)
        await self.app_fixture.sign_in(colleague)
        return colleague

    def visible_to(self, name: str) -> set[str]:
        """Return the ids of the orders that this user sees."""
        return {self.orders[name]} if name in ("member", "colleague") else set(self.orders.values())


@pytest.fixture
async def shop(app_fixture: AppFixture) -> Shop:
    """A shop with an order of each user but the admin."""
    return await Shop(app_fixture).create()


def all_ids(connection: dict[str, Any]) -> set[str]:
    """Return the ids of a page; fail if it is not the whole list."""
    assert connection["totalCount"] == len(connection["nodes"])
    return {node["id"] for node in connection["nodes"]}


@pytest.mark.parametrize("name", ["member", "colleague", "admin", "owner"])
async def test_all_access_paths_return_same_orders(name: str, shop: Shop) -> None:
    data = (await shop.clients[name](ALL_PATHS, where={})).data
    visible = shop.visible_to(name)
    assert all_ids(data["orders"]) == all_ids(data["filtered"]) == visible
    assert all_ids(data["viewer"]["orders"]) == ({shop.orders[name]} if name in shop.orders else set())
    (product,) = data["products"]["nodes"]
    assert {item["order"]["id"] for item in product["orderItems"]["nodes"]} == visible
    assert product["orderItems"]["totalCount"] == len(visible)
    quantity = sum(item["quantity"] for item in product["orderItems"]["nodes"])
    assert data["orderTotals"][0] == {"status": "PENDING", "count": len(visible), "total": f"{quantity}.00"}
    assert all(group["count"] == 0 and group["total"] == "0.00" for group in data["orderTotals"][1:])
    assert [group["status"] for group in data["orderTotals"]] == [
        *("PENDING", "CONFIRMED", "SHIPPED", "DELIVERED", "CANCELLED")
    ]


@pytest.mark.parametrize("name", ["member", "colleague", "admin", "owner"])
async def test_order_and_items_are_found_by_id_only_if_visible(name: str, shop: Shop) -> None:
    client, rows = shop.clients[name], await fetch_table(shop.app_fixture.tenant, OrderItem)
    items = {f"order_{row['order_id'].hex}": f"order_item_{row['id'].hex}" for row in rows}
    assert items.keys() == set(shop.orders.values())
    for id, item in items.items():
        is_visible = id in shop.visible_to(name)
        assert (await client(documents.by_id("Order"), id=id)).data["order"] == (
            (await load_order(shop, id)) if is_visible else None
        )
        assert ((await client(documents.NODE, id=id)).data["node"] is not None) == is_visible
        assert ((await client(documents.NODE, id=item)).data["node"] is not None) == is_visible
    nodes = (await client(documents.NODES, ids=[*items, *items.values()])).data["nodes"]
    assert {node["id"] for node in nodes if node} & set(items) == shop.visible_to(name)
    assert sum(node is not None for node in nodes) == 2 * len(shop.visible_to(name))


async def load_order(shop: Shop, id: str) -> Any:
    """Load the order as the owner."""
    return (await shop.clients["owner"](documents.by_id("Order"), id=id)).data["order"]


REVEALING_FILTERS: list[dict[str, Any]] = [
    {"orderItems": {"some": {"quantity": {"gt": 1}}}},
    {"orderItems": {"some": {"order": {"shippingAddress": {"contains": "owner"}}}}},
    {"orderItems": {"some": {"order": {"items": {"some": {"quantity": {"eq": 3}}}}}}},
    {"not": {"orderItems": {"none": {"order": {"total": {"gte": "2"}}}}}},
    {"not": {"orderItems": {"every": {"quantity": {"eq": 1}}}}},
]


@pytest.mark.parametrize("where", REVEALING_FILTERS, ids=str)
async def test_relation_filter_does_not_reveal_orders_of_others(where: dict[str, Any], shop: Shop) -> None:
    query = "query ($where: ProductWhere) { products(where: $where) { totalCount } }"
    assert (await shop.clients["admin"](query, where=where)).data["products"]["totalCount"] == 1
    assert (await shop.clients["member"](query, where=where)).data["products"]["totalCount"] == 0


async def test_filters_and_totals_cover_visible_orders_only(shop: Shop) -> None:
    for name in ("member", "admin"):
        client = shop.clients[name]
        for placed_by, id in shop.orders.items():
            for where in (
                {"id": {"eq": id}},
                {"shippingAddress": {"eq": placed_by}},
                {"total": {"in": [order_total(placed_by)]}},
            ):
                data = (await client(ALL_PATHS, where=where)).data
                assert all_ids(data["filtered"]) == ({id} & shop.visible_to(name))
                totals = (await client(documents.ORDER_TOTALS, where=where)).data["orderTotals"]
                assert sum(group["count"] for group in totals) == len({id} & shop.visible_to(name))


def order_total(placed_by: str) -> int:
    return ("member", "colleague", "owner").index(placed_by) + 1


async def test_orders_are_filtered_by_placing_user(shop: Shop) -> None:
    for role, name in ((Role.MEMBER, "member"), (Role.OWNER, "owner")):
        where = {"placedById": {"eq": global_id(shop.app_fixture.tenant.users[role])}}
        assert all_ids((await shop.clients["admin"](ALL_PATHS, where=where)).data["filtered"]) == {shop.orders[name]}
    where = {"placedById": {"eq": global_id(shop.app_fixture.tenant.users[Role.OWNER])}}
    assert all_ids((await shop.clients["member"](ALL_PATHS, where=where)).data["filtered"]) == set()


async def test_orders_of_another_user_follow_viewer_visibility(shop: Shop) -> None:
    query = "query ($id: ID!) { node(id: $id) { ... on User { orders { totalCount nodes { id } } } } }"
    owner = global_id(shop.app_fixture.tenant.users[Role.OWNER])
    assert all_ids((await shop.clients["member"](query, id=owner)).data["node"]["orders"]) == set()
    assert all_ids((await shop.clients["admin"](query, id=owner)).data["node"]["orders"]) == {shop.orders["owner"]}


async def test_viewer_has_no_orders_in_another_tenant(shop: Shop) -> None:
    user = shop.app_fixture.tenant.users[Role.MEMBER]
    for tenant in ("there", "nowhere"):
        viewer = (await shop.app_fixture.client(user, tenant)(documents.VIEWER)).data["viewer"]
        assert viewer["orders"] == {"totalCount": 0, "nodes": []}


async def test_order_survives_departure_of_placing_user(shop: Shop) -> None:
    membership = table_of(Membership)
    async with shop.app_fixture.database.write_engine.begin() as connection:
        user = shop.app_fixture.tenant.users[Role.MEMBER]
        await connection.execute(delete(membership).where(membership.c.user_id == user.id))
    order = await load_order(shop, shop.orders["member"])
    assert (order["placedBy"], order["total"]) == (None, "1.00")


async def test_demoted_admin_loses_visibility_immediately(shop: Shop) -> None:
    admin = shop.clients["admin"]
    assert len((await admin(ALL_PATHS, where={})).data["orders"]["nodes"]) == 3
    membership = table_of(Membership)
    async with shop.app_fixture.database.write_engine.begin() as connection:
        is_admin = membership.c.user_id == shop.app_fixture.tenant.users[Role.ADMIN].id
        await connection.execute(membership.update().where(is_admin).values(role=Role.MEMBER, updated_at=utc_now()))
    assert (await admin(ALL_PATHS, where={})).data["orders"] == {"totalCount": 0, "nodes": []}


async def test_pages_sorted_by_total_contain_visible_orders_only(shop: Shop) -> None:
    query = """query ($after: String) {
      orders(first: 1, after: $after, orderBy: [{field: TOTAL, direction: DESC}]) {
        nodes { total } pageInfo { endCursor hasNextPage }
      }
    }"""
    cursors: list[str | None] = [None]
    totals = []
    for _ in range(3):
        page = (await shop.clients["owner"](query, after=cursors[-1])).data["orders"]
        totals += [node["total"] for node in page["nodes"]]
        cursors.append(page["pageInfo"]["endCursor"])
    assert totals == ["3.00", "2.00", "1.00"]
    page = (await shop.clients["colleague"](query, after=cursors[1])).data["orders"]
    assert page["nodes"] == [{"total": "2.00"}]
    assert page["pageInfo"]["hasNextPage"] is False
