"""An operation of a validated document."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    VariableDefinitionNode,
)

from executor import OperationCost, OperationSources, read_variable_defaults
from schema.operation_directives import LIVE, is_live, read_transaction_mode, root_fields
from schema.requirements import root_field_access
from server.graphql.field_coordinates import find_field_coordinates
from server.graphql.filter_variables import FilterVariable, find_filter_variables
from services.core.access import Access
from services.core.persisted_documents import hash_text


class DocumentOperation:
    """An operation and its cost, which is analyzed when it is first executed."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, definition: OperationDefinitionNode) -> None:
        self.type = definition.operation
        self.name = definition.name.value if definition.name is not None else None
        self.transaction_mode = read_transaction_mode(definition)
        self.has_live_directive = any(node.name.value == LIVE.name for node in definition.directives or ())
        self.needs_lookup: bool | None = None if _may_read(definition) else False
        """Whether it needs one statement only, a lookup (database/lookup.py), as far as is known; None if it is not."""
        self._schema = schema
        self._document = document
        self._definition = definition

    def delivery_type(self, variables: Mapping[str, Any] | None) -> OperationType:
        """The type of operations that are delivered as this one: a live query needs a stream, as subscriptions do."""
        if not self.has_live_directive:
            return self.type
        given = {**read_variable_defaults(self._definition), **(variables or {})}
        return OperationType.SUBSCRIPTION if is_live(self._definition, given) else self.type

    @property
    def root_type(self) -> GraphQLObjectType:
        """The type of the root fields."""
        root_type = self._schema.get_root_type(self.type)
        assert root_type is not None  # noqa: S101 -- the document is valid
        return root_type

    @property
    def variable_definitions(self) -> Sequence[VariableDefinitionNode]:
        """The variables of the operation."""
        return self._definition.variable_definitions or ()

    def root_fields(self) -> Iterator[FieldNode]:
        """Return the root fields, also those in fragments."""
        return root_fields(self._document, self._definition)

    def mutations(self) -> Iterator[FieldNode]:
        """Return the mutations among the root fields."""
        return (node for node in self.root_fields() if node.name.value != "__typename")

    @cached_property
    def document_hash(self) -> str:
        """The SHA-256 of the document's text."""
        location = self._document.loc
        assert location is not None  # noqa: S101 -- the document was parsed with locations
        return hash_text(location.source.body)

    @cached_property
    def fields(self) -> frozenset[str]:
        """The coordinates (`Type.field`) of all fields that the operation selects."""
        return find_field_coordinates(self._schema, self._document, self._definition)

    @cached_property
    def filter_variables(self) -> tuple[FilterVariable, ...]:
        """The variables inside filters that need not have a value."""
        return find_filter_variables(self._document, self._definition)

    @cached_property
    def cost(self) -> OperationCost:
        """The cost as a function of the variables."""
        return OperationCost(self._schema, self._document, self._definition)

    @cached_property
    def sources(self) -> OperationSources:
        """The tables that it reads as a function of the variables."""
        return OperationSources(self._schema, self._document, self._definition)

    @cached_property
    def anonymous_cost(self) -> OperationCost:
        """The cost for anonymous clients: fields that require authentication are refused at once."""
        access = root_field_access(self._schema)
        refused_fields = frozenset(name for name in access if access[name] is not Access.PUBLIC)
        return OperationCost(self._schema, self._document, self._definition, refused_fields)


def _may_read(definition: OperationDefinitionNode) -> bool:
    """Return whether the operation is a query that selects more than `__typename`."""
    return definition.operation is OperationType.QUERY and any(
        not isinstance(node, FieldNode) or node.name.value != "__typename"
        for node in definition.selection_set.selections
    )
