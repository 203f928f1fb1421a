"""`node` and `nodes`: whatever has an id, by its id."""

import asyncio
from typing import Annotated, Any

import strawberry

from resolvers.node import check_number, node_of
from schema.account import AccountType
from schema.api_key import ApiKeyType
from schema.event import EventType
from schema.inputs.arguments import Id
from schema.invitation import InvitationType
from schema.ledger_entry import LedgerEntryType
from schema.membership import MembershipType
from schema.node import Node
from schema.order import OrderType
from schema.order_item import OrderItemType
from schema.product import ProductType
from schema.project import ProjectType
from schema.roots import root
from schema.session import SessionType
from schema.task import TaskType
from schema.team import TeamType
from schema.tenant import TenantType
from schema.transfer import TransferType
from schema.user import UserType
from schema.worker import WorkerType
from services.access import Access

Ids = Annotated[list[strawberry.ID], strawberry.argument(description="The ids; at most 100.")]
NODE_TYPES = (
    *(AccountType, ApiKeyType, EventType, InvitationType, LedgerEntryType, MembershipType, OrderItemType, OrderType),
    *(ProductType, ProjectType, SessionType, TaskType, TeamType, TenantType, TransferType, UserType, WorkerType),
)
MEMBERS_NODES = (
    *("account", "event", "invitation", "ledger_entry", "membership", "order", "order_item", "product", "project"),
    *("session", "task", "team", "tenant", "transfer", "user", "worker"),
)
TABLES = {**dict.fromkeys(MEMBERS_NODES, Access.MEMBER), "api_key": Access.OWNER_IN_PERSON}
"""What `node` finds, and for whom; which rows of it is the scope's to say."""


async def node(context: Any, id: Id) -> Any:
    return await node_of(context, TABLES, id)


async def nodes(context: Any, ids: Ids) -> Any:
    check_number(ids)
    return await asyncio.gather(*(node_of(context, TABLES, id) for id in ids))


@strawberry.type
class NodeQueries:
    node = root(node, Node, allows=Access.MEMBER, description="An object of any type by its id; null if there is none.")
    nodes = root(
        nodes,
        list[Node | None],
        allows=Access.MEMBER,
        description="Objects of any type by their ids, in the order asked for, with null for each that is not there.",
    )
