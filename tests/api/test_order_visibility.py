"""Who sees which orders: members their own, admins and owners all, whichever way they ask."""

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete

from models import Membership, OrderItem
from models.base import now
from models.membership import Role
from models.relations import table_of
from queries.caller import Caller
from services import people
from services.unit_of_work import UnitOfWork, perform
from tests.support import documents
from tests.support.scene import stored
from tests.support.world import FAST, PASSWORD, World, gid

if TYPE_CHECKING:
    from tests.support.client import Client

WAYS = """
query ($mine: OrderWhere) {
  orders { totalCount nodes { id } }
  found: orders(where: $mine) { totalCount nodes { id } }
  viewer { orders { totalCount nodes { id } } }
  products { nodes { orderItems { totalCount nodes { id quantity order { id } } } } }
  orderTotals { status count total }
}
"""


class Shop:
    """One product, of which the member, a colleague and the owner have ordered 1, 2 and 3."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.orders: dict[str, str] = {}
        self.clients: dict[str, Client] = {}

    async def open(self) -> "Shop":
        """Everybody has ordered."""
        here = self.world.here
        self.product = await here.product(price="1.00", stock=100)
        colleague = await self._colleague()
        self.clients = {"colleague": self.world.client(colleague, here.slug)}
        self.clients |= {role.lower(): here.client(role) for role in Role}
        for number, name in enumerate(("member", "colleague", "owner"), 1):
            values = {"items": [{"productId": gid(self.product), "quantity": number}], "shippingAddress": name}
            answer = await self.clients[name](documents.PLACE_ORDER, input=values)
            self.orders[name] = answer.payload("placeOrder")["order"]["id"]
        return self

    async def _colleague(self) -> Any:
        async def enrol(work: UnitOfWork) -> Any:
            values = {"email": "colleague@here.test", "full_name": "Colleague"}
            user = await people.add_user(work, FAST, values, PASSWORD)
            await people.add_member(work, self.world.here.tenant_id, user.id, Role.MEMBER)
            return user

        colleague = await perform(self.world.database.writing, Caller(), enrol)
        await self.world.sign_in(colleague)
        return colleague

    def seen_by(self, name: str) -> set[str]:
        """The orders that somebody should see."""
        return {self.orders[name]} if name in ("member", "colleague") else set(self.orders.values())


@pytest.fixture
async def shop(world: World) -> Shop:
    return await Shop(world).open()


def ids(connection: dict[str, Any]) -> set[str]:
    """The ids on a page that must be the whole list."""
    assert connection["totalCount"] == len(connection["nodes"])
    return {node["id"] for node in connection["nodes"]}


@pytest.mark.parametrize("name", ["member", "colleague", "admin", "owner"])
async def test_every_way_leads_to_the_same_orders(name: str, shop: Shop) -> None:
    data = (await shop.clients[name](WAYS, mine={})).data
    seen = shop.seen_by(name)
    assert ids(data["orders"]) == ids(data["found"]) == seen
    assert ids(data["viewer"]["orders"]) == ({shop.orders[name]} if name in shop.orders else set())
    (product,) = data["products"]["nodes"]
    assert {item["order"]["id"] for item in product["orderItems"]["nodes"]} == seen
    assert product["orderItems"]["totalCount"] == len(seen)
    quantity = sum(item["quantity"] for item in product["orderItems"]["nodes"])
    assert data["orderTotals"][0] == {"status": "PENDING", "count": len(seen), "total": f"{quantity}.00"}
    assert all(each["count"] == 0 and each["total"] == "0.00" for each in data["orderTotals"][1:])
    assert [each["status"] for each in data["orderTotals"]] == [
        *("PENDING", "CONFIRMED", "SHIPPED", "DELIVERED", "CANCELLED")
    ]


@pytest.mark.parametrize("name", ["member", "colleague", "admin", "owner"])
async def test_by_its_id_an_order_and_its_items_show_only_to_those_who_may(name: str, shop: Shop) -> None:
    client, rows = shop.clients[name], await stored(shop.world.here, OrderItem)
    items = {f"order_{row['order_id'].hex}": f"order_item_{row['id'].hex}" for row in rows}
    assert items.keys() == set(shop.orders.values())
    for id, item in items.items():
        may = id in shop.seen_by(name)
        assert (await client(documents.one("Order"), id=id)).data["order"] == ((await shown(shop, id)) if may else None)
        assert ((await client(documents.NODE, id=id)).data["node"] is not None) == may
        assert ((await client(documents.NODE, id=item)).data["node"] is not None) == may
    found = (await client(documents.NODES, ids=[*items, *items.values()])).data["nodes"]
    assert {node["id"] for node in found if node} & set(items) == shop.seen_by(name)
    assert sum(node is not None for node in found) == 2 * len(shop.seen_by(name))


async def shown(shop: Shop, id: str) -> Any:
    """The order as the owner sees it."""
    return (await shop.clients["owner"](documents.one("Order"), id=id)).data["order"]


PRYING: list[dict[str, Any]] = [
    {"orderItems": {"some": {"quantity": {"gt": 1}}}},
    {"orderItems": {"some": {"order": {"shippingAddress": {"contains": "owner"}}}}},
    {"orderItems": {"some": {"order": {"items": {"some": {"quantity": {"eq": 3}}}}}}},
    {"not": {"orderItems": {"none": {"order": {"total": {"gte": "2"}}}}}},
    {"not": {"orderItems": {"every": {"quantity": {"eq": 1}}}}},
]


@pytest.mark.parametrize("where", PRYING, ids=str)
async def test_a_filter_through_relations_tells_nothing_of_other_peoples_orders(
    where: dict[str, Any], shop: Shop
) -> None:
    query = "query ($where: ProductWhere) { products(where: $where) { totalCount } }"
    assert (await shop.clients["admin"](query, where=where)).data["products"]["totalCount"] == 1
    assert (await shop.clients["member"](query, where=where)).data["products"]["totalCount"] == 0


async def test_orders_are_filtered_and_totalled_by_what_one_sees(shop: Shop) -> None:
    for name in ("member", "admin"):
        client = shop.clients[name]
        for owner, id in shop.orders.items():
            for where in ({"id": {"eq": id}}, {"shippingAddress": {"eq": owner}}, {"total": {"in": [total_of(owner)]}}):
                data = (await client(WAYS, mine=where)).data
                assert ids(data["found"]) == ({id} & shop.seen_by(name))
                totals = (await client(documents.ORDER_TOTALS, where=where)).data["orderTotals"]
                assert sum(each["count"] for each in totals) == len({id} & shop.seen_by(name))


def total_of(owner: str) -> int:
    return ("member", "colleague", "owner").index(owner) + 1


async def test_orders_are_filtered_by_who_placed_them(shop: Shop) -> None:
    for role, name in ((Role.MEMBER, "member"), (Role.OWNER, "owner")):
        where = {"placedById": {"eq": gid(shop.world.here.users[role])}}
        assert ids((await shop.clients["admin"](WAYS, mine=where)).data["found"]) == {shop.orders[name]}
    other = {"placedById": {"eq": gid(shop.world.here.users[Role.OWNER])}}
    assert ids((await shop.clients["member"](WAYS, mine=other)).data["found"]) == set()


async def test_the_orders_of_a_colleague_do_not_show_on_the_colleague(shop: Shop) -> None:
    query = "query ($id: ID!) { node(id: $id) { ... on User { orders { totalCount nodes { id } } } } }"
    owner = gid(shop.world.here.users[Role.OWNER])
    assert ids((await shop.clients["member"](query, id=owner)).data["node"]["orders"]) == set()
    assert ids((await shop.clients["admin"](query, id=owner)).data["node"]["orders"]) == {shop.orders["owner"]}


async def test_without_a_tenant_or_in_another_the_viewer_has_no_orders(shop: Shop) -> None:
    user = shop.world.here.users[Role.MEMBER]
    for tenant in (None, "there", "nowhere"):
        viewer = (await shop.world.client(user, tenant)(documents.VIEWER)).data["viewer"]
        assert viewer["orders"] == {"totalCount": 0, "nodes": []}


async def test_what_somebody_ordered_who_has_left_stays(shop: Shop) -> None:
    membership = table_of(Membership)
    async with shop.world.database.writing.begin() as connection:
        user = shop.world.here.users[Role.MEMBER]
        await connection.execute(delete(membership).where(membership.c.user_id == user.id))
    order = await shown(shop, shop.orders["member"])
    assert (order["placedBy"], order["total"]) == (None, "1.00")


async def test_somebody_who_becomes_a_member_only_sees_less_at_once(shop: Shop) -> None:
    admin = shop.clients["admin"]
    assert len((await admin(WAYS, mine={})).data["orders"]["nodes"]) == 3
    membership = table_of(Membership)
    async with shop.world.database.writing.begin() as connection:
        mine = membership.c.user_id == shop.world.here.users[Role.ADMIN].id
        await connection.execute(membership.update().where(mine).values(role=Role.MEMBER, updated_at=now()))
    assert (await admin(WAYS, mine={})).data["orders"] == {"totalCount": 0, "nodes": []}


async def test_pages_of_orders_by_total_are_of_those_that_one_sees(shop: Shop) -> None:
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
