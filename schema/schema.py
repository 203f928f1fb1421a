"""The schema, composed of the query and mutation fields of all domains."""

import strawberry
from strawberry.schema.config import StrawberryConfig

from schema.account import AccountMutations, AccountQueries
from schema.administration import AdministrationMutations, AdministrationQueries
from schema.api_key import ApiKeyMutations, ApiKeyQueries
from schema.event import EventQueries
from schema.field_extensions import set_field_extensions
from schema.invitation import InvitationMutations
from schema.membership import MembershipMutations
from schema.node_queries import NODE_TYPES, NodeQueries
from schema.order import OrderMutations, OrderQueries
from schema.product import ProductMutations, ProductQueries
from schema.project import ProjectMutations, ProjectQueries
from schema.scalars import SCALARS
from schema.session import SessionMutations
from schema.task import TaskMutations, TaskQueries
from schema.team import TeamMutations, TeamQueries
from schema.tenant import TenantMutations, TenantQueries
from schema.transfer import TransferMutations, TransferQueries
from schema.user import UserMutations, UserQueries
from schema.worker import WorkerMutations, WorkerQueries


@strawberry.type(
    description="All queries. Unless described otherwise, they read the current tenant, which the X-Tenant header "
    "names."
)
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
    description="All mutations. Each is atomic unless described otherwise; several in one document run in order."
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


def build_schema() -> strawberry.Schema:
    """Build the schema. server/graphql/operations.py executes it, not Strawberry."""
    config = StrawberryConfig(scalar_map=SCALARS)
    schema = strawberry.Schema(Query, Mutation, types=NODE_TYPES, config=config)
    set_field_extensions(schema)
    return schema
