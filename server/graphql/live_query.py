"""A live query that was validated and charged."""

from typing import NamedTuple

from executor import UndeclaredSources
from server.graphql.document_operation import DocumentOperation
from server.graphql.documents import ValidatedDocument
from server.graphql.request import GraphQLRequest
from services.core.access import Access
from services.core.errors import BadInput
from services.core.followed_tables import Followed, follow


class LiveQuery(NamedTuple):
    """What is executed again, and what tells that it should be."""

    document: ValidatedDocument
    operation: DocumentOperation
    request: GraphQLRequest
    followed: Followed
    access: Access = Access.MEMBER
    """The changes are those of a tenant."""


def build_live_query(document: ValidatedDocument, operation: DocumentOperation, request: GraphQLRequest) -> LiveQuery:
    """Find out what the operation reads; raise BadInput if that is not known of one of its fields."""
    try:
        tables = operation.sources.evaluate(request.variables)
    except UndeclaredSources as error:
        message = f"`{error.field}` cannot be used with `@live`, because not all changes of what it reads are recorded."
        raise BadInput(message) from None
    return LiveQuery(document, operation, request, follow(tables))
