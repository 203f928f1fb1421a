"""A subscription that was validated and charged."""

from typing import NamedTuple

from graphql import GraphQLSchema
from graphql.execution.values import get_argument_values, get_variable_values

from resolvers.changes import ChangeSelection
from schema.requirements import REQUIREMENT
from schema.stream_fields import STREAM
from server.graphql.document_operation import DocumentOperation
from server.graphql.documents import ValidatedDocument
from server.graphql.request import GraphQLRequest
from services.core.access import Access
from services.core.errors import BadInput


class Subscription(NamedTuple):
    """What each change is executed with, and which changes those are."""

    document: ValidatedDocument
    operation: DocumentOperation
    request: GraphQLRequest
    access: Access
    selection: ChangeSelection


def build_subscription(
    schema: GraphQLSchema, document: ValidatedDocument, operation: DocumentOperation, request: GraphQLRequest
) -> Subscription:
    """Evaluate the arguments of the operation's field; raise BadInput or GraphQLError if they are invalid."""
    nodes = list(operation.root_fields())
    if len(nodes) != 1 or schema.subscription_type is None:
        raise BadInput("A subscription must select one field.")
    field = schema.subscription_type.fields.get(nodes[0].name.value)
    if field is None:
        raise BadInput("A subscription must select a field other than `__typename`.")
    variables = get_variable_values(schema, operation.variable_definitions, dict(request.variables or {}))
    if isinstance(variables, list):
        raise variables[0]
    selection = field.extensions[STREAM].select(get_argument_values(field, nodes[0], variables))
    return Subscription(document, operation, request, field.extensions[REQUIREMENT], selection)
