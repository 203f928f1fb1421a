"""The schema: all rooms' fields under one roof."""

from typing import Any

import strawberry
from graphql import GraphQLObjectType
from strawberry.schema.config import StrawberryConfig

from schema.account import AccountMutations, AccountQueries
from schema.amounts import PLACED
from schema.derive import COLUMN
from schema.event import EventQueries
from schema.mutations import RETURNS_SECRETS
from schema.nodes import NODE_TYPES, NodeQueries
from schema.order import OrderMutations, OrderQueries
from schema.product import ProductMutations, ProductQueries
from schema.project import ProjectMutations, ProjectQueries
from schema.relations import RELATION
from schema.roots import ACCESS
from schema.scalars import SCALARS
from schema.task import TaskMutations, TaskQueries
from schema.team import TeamMutations, TeamQueries
from schema.transfer import TransferMutations, TransferQueries
from schema.user import UserMutations, UserQueries
from schema.worker import WorkerMutations, WorkerQueries


@strawberry.type(description="What can be asked.")
class Query(
    NodeQueries,
    UserQueries,
    TeamQueries,
    WorkerQueries,
    ProjectQueries,
    TaskQueries,
    ProductQueries,
    OrderQueries,
    AccountQueries,
    TransferQueries,
    EventQueries,
): ...


@strawberry.type(description="What can be done. Each mutation is all or nothing, and several are done in turn.")
class Mutation(
    UserMutations,
    TeamMutations,
    WorkerMutations,
    ProjectMutations,
    TaskMutations,
    ProductMutations,
    OrderMutations,
    AccountMutations,
    TransferMutations,
): ...


def make_schema() -> strawberry.Schema:
    """The schema. It is executed by server/operations.py, not by Strawberry."""
    config = StrawberryConfig(scalar_map=SCALARS)
    schema = strawberry.Schema(Query, Mutation, types=NODE_TYPES, config=config)
    _publish(schema)
    return schema


PUBLISHED = (ACCESS, COLUMN, PLACED, RELATION, RETURNS_SECRETS)


def _publish(schema: strawberry.Schema) -> None:
    """Say on graphql-core's own fields what ours declare, where an executor that knows nothing else can read it; and
    let rows pass for objects: they do not know their type."""
    for kind in schema._schema.type_map.values():
        if isinstance(kind, GraphQLObjectType):
            kind.is_type_of = None
            for field in kind.fields.values():
                metadata: Any = getattr(field.extensions.get("strawberry-definition"), "metadata", {})
                field.extensions |= {key: metadata[key] for key in PUBLISHED if key in metadata}
