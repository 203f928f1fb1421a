"""The root fields `node` and `nodes`: objects of any type by id."""

import asyncio
from typing import Annotated, Any

import strawberry

from inputs.arguments import Id
from models.scopes import Domain
from resolvers.node import MAX_NODES, check_id_count, load_node
from schema.account import AccountType
from schema.api_key import ApiKeyType
from schema.audit_entry import AuditEntryType
from schema.cost import list_cost
from schema.event import EventType
from schema.invitation import InvitationType
from schema.ledger_entry import LedgerEntryType
from schema.linked_issuer import LinkedIssuerType
from schema.membership import MembershipType
from schema.node import Node
from schema.nouns import NOUN_TYPES, NOUNS
from schema.order import OrderType
from schema.order_item import OrderItemType
from schema.passkey import PasskeyType
from schema.root_fields import root_field
from schema.session import SessionType
from schema.sign_in_event import SignInEventType
from schema.sources import followed_rows, rows_of
from schema.tenant import TenantType
from schema.transfer import TransferType
from schema.user import UserType
from schema.webhook import WebhookDeliveryType, WebhookType
from services.core.access import Access

Ids = Annotated[list[strawberry.ID], strawberry.argument(description="The ids; at most 100.")]
NODE_TYPES = (
    *(
        AccountType,
        ApiKeyType,
        AuditEntryType,
        EventType,
        InvitationType,
        LedgerEntryType,
        LinkedIssuerType,
        MembershipType,
    ),
    *(
        OrderItemType,
        OrderType,
        PasskeyType,
        SessionType,
        SignInEventType,
        TenantType,
        TransferType,
        UserType,
        WebhookDeliveryType,
        WebhookType,
    ),
    *(types.object_type for types in NOUN_TYPES),
)
MEMBER_TABLES = (
    *("account", "audit_entry", "event", "invitation", "ledger_entry", "linked_issuer", "membership", "order"),
    *("order_item", "passkey", "session", "sign_in_event", "tenant", "transfer", "user"),
)
NODE_TABLES = (
    dict.fromkeys(MEMBER_TABLES, Access.MEMBER)
    | {"api_key": Access.OWNER_USER_ONLY}
    | dict.fromkeys(("webhook", "webhook_delivery"), Access.ADMIN_USER_ONLY)
    | {noun.table: noun.read for noun in NOUNS}
)
"""The tables that `node` searches, and the access that each requires; tenant scope restricts their rows."""
_OF_ALL_TENANTS = ("membership", "tenant")
"""The tables of which users see some rows of other tenants, too."""


async def node(context: Any, id: Id) -> Any:
    return await load_node(context, NODE_TABLES, id)


async def nodes(context: Any, ids: Ids) -> Any:
    check_id_count(ids)
    return await asyncio.gather(*(load_node(context, NODE_TABLES, id) for id in ids))


def _tables_of_id(id: Any) -> Any:
    """Return what is read for an id; None if changes of these rows are not followed."""
    table = id.rpartition("_")[0] if isinstance(id, str) else ""
    if table not in NODE_TABLES:
        return frozenset()
    return None if table in _OF_ALL_TENANTS else followed_rows(table)


def _tables_of_ids(ids: Any) -> Any:
    tables = [_tables_of_id(id) for id in (ids if isinstance(ids, list) else [ids])]
    return None if None in tables else frozenset().union(*tables)


@strawberry.type
class NodeQueries:
    node = root_field(
        node,
        Node,
        access=Access.MEMBER,
        domain=Domain.ANY,
        sources=rows_of(by_argument={"id": _tables_of_id}),
        description="An object of any type by its id; null if it does not exist.",
    )
    nodes = root_field(
        nodes,
        list[Node | None],
        access=Access.MEMBER,
        domain=Domain.ANY,
        description="Objects of any type by their ids, in the order of `ids`, with null for each that does not exist.",
        cost=list_cost(MAX_NODES, "ids"),
        sources=rows_of(by_argument={"ids": _tables_of_ids}),
    )
