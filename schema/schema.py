"""The schema: all rooms' fields under one roof."""

from collections.abc import Callable, Sequence
from typing import Any

import strawberry
from graphql import GraphQLError, GraphQLObjectType
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from schema.account import AccountMutations, AccountQueries
from schema.derive import COLUMN
from schema.event import EventQueries
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


class Schema(strawberry.Schema):
    """Strawberry's schema, whose errors are logged where they are rendered (server/errors.py)."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Nothing: they would be logged twice, and with what clients did wrong."""


def make_schema(extensions: Sequence[Callable[[], SchemaExtension]] = (), *, suggestions: bool = True) -> Schema:
    """The schema, with what the server puts around executing it."""
    config = StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=not suggestions)
    schema = Schema(Query, Mutation, types=NODE_TYPES, extensions=list(extensions), config=config)
    _publish(schema)
    return schema


def _publish(schema: strawberry.Schema) -> None:
    """Say on graphql-core's own fields what ours declare, where an executor that knows nothing else can read it; and
    let rows pass for objects: they do not know their type."""
    for kind in schema._schema.type_map.values():
        if isinstance(kind, GraphQLObjectType):
            kind.is_type_of = None
            for field in kind.fields.values():
                metadata: Any = getattr(field.extensions.get("strawberry-definition"), "metadata", {})
                field.extensions |= {key: metadata[key] for key in (ACCESS, COLUMN, RELATION) if key in metadata}
