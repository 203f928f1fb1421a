"""An operation of a validated document."""

from functools import cached_property

from graphql import DocumentNode, GraphQLSchema, OperationDefinitionNode

from executor import OperationCost


class DocumentOperation:
    """An operation and its cost, which is analyzed when it is first executed."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, definition: OperationDefinitionNode) -> None:
        self.type = definition.operation
        self._schema = schema
        self._document = document
        self._definition = definition

    @cached_property
    def cost(self) -> OperationCost:
        """The cost as a function of the variables."""
        return OperationCost(self._schema, self._document, self._definition)
