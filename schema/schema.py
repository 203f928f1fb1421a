"""The schema: all rooms' fields under one roof."""

import strawberry
from strawberry.schema.config import StrawberryConfig

from schema.account import AccountMutations, AccountQueries
from schema.administration import AdministrationMutations, AdministrationQueries
from schema.api_key import ApiKeyMutations, ApiKeyQueries
from schema.event import EventQueries
from schema.invitation import InvitationMutations
from schema.membership import MembershipMutations
from schema.nodes import NODE_TYPES, NodeQueries
from schema.order import OrderMutations, OrderQueries
from schema.product import ProductMutations, ProductQueries
from schema.project import ProjectMutations, ProjectQueries
from schema.publish import publish
from schema.scalars import SCALARS
from schema.session import SessionMutations
from schema.task import TaskMutations, TaskQueries
from schema.team import TeamMutations, TeamQueries
from schema.tenant import TenantMutations, TenantQueries
from schema.transfer import TransferMutations, TransferQueries
from schema.user import UserMutations, UserQueries
from schema.worker import WorkerMutations, WorkerQueries


@strawberry.type(description="What can be asked.")
class Query(
    NodeQueries,
    UserQueries,
    TenantQueries,
    ApiKeyQueries,
    TeamQueries,
    WorkerQueries,
    ProjectQueries,
    TaskQueries,
    ProductQueries,
    OrderQueries,
    AccountQueries,
    TransferQueries,
    EventQueries,
    AdministrationQueries,
): ...


@strawberry.type(
    description="What can be done. Each is all or nothing unless it says otherwise, and several are done in turn."
)
class Mutation(
    SessionMutations,
    UserMutations,
    ApiKeyMutations,
    TenantMutations,
    InvitationMutations,
    MembershipMutations,
    TeamMutations,
    WorkerMutations,
    ProjectMutations,
    TaskMutations,
    ProductMutations,
    OrderMutations,
    AccountMutations,
    TransferMutations,
    AdministrationMutations,
): ...


def make_schema() -> strawberry.Schema:
    """The schema. It is executed by server/operations.py, not by Strawberry."""
    config = StrawberryConfig(scalar_map=SCALARS)
    schema = strawberry.Schema(Query, Mutation, types=NODE_TYPES, config=config)
    publish(schema)
    return schema
