"""What is found for a request before it is executed: a valid operation, or that its type is not allowed."""

from typing import Any, NamedTuple

from graphql import OperationType

from resolvers.context import Context
from server.graphql.document_operation import DocumentOperation
from server.graphql.documents import ValidatedDocument
from server.graphql.request import GraphQLRequest
from services.core.cost.budgets import ChargedBuckets


class OperationNotAllowed(Exception):
    """The transport does not allow operations of this type."""

    def __init__(self, operation_type: OperationType) -> None:
        super().__init__(f"Operations of type {operation_type.value} are not allowed here.")
        self.operation_type = operation_type


class FoundOperation(NamedTuple):
    """A valid operation, the buckets that it is charged to, and what it is executed with."""

    document: ValidatedDocument
    operation: DocumentOperation
    buckets: ChargedBuckets
    request: GraphQLRequest
    context: Context
    root_value: Any = None
    reads_primary: bool = False
    """Whether it is not executed on a replica."""
