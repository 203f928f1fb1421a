"""An operation of a document: everything that does not depend on the values of its variables."""

from collections.abc import Iterator
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    assert_valid_schema,
    get_operation_ast,
)
from graphql.execution.collect_fields import FragmentDetails
from graphql.execution.values import VariableValues, get_variable_values

from executor.document_size import estimate_document_size
from executor.types import Bailout
from executor.variable_coercion import build_variable_coercer

BYTES_PER_SELECTION = 2500
"""An estimate for a selection of a document, with its nodes, names and locations."""

NO_VARIABLES = VariableValues({}, {})
CONDITION_DIRECTIVES = ("skip", "include")


class Operation:
    """An operation with its schema and document. While it references them, their identities, which are cache keys, are
    not reused by other objects."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, name: str | None) -> None:
        self.schema = schema
        self.document = document
        self.name = name
        """The name by which it was found; None if it is the only one."""
        self.definition = _get_definition(document, name)
        self.fragment_definitions = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self.fragments = {name: FragmentDetails(node) for name, node in self.fragment_definitions.items()}
        self.root_type = _get_root_type(schema, self.definition.operation)
        self.is_mutation = self.definition.operation is OperationType.MUTATION
        self._variable_coercer = build_variable_coercer(schema, self.definition.variable_definitions or ())
        selection_count, directives = inspect_document(document)
        self.condition_variables = condition_variables(directives)
        self.size = max(estimate_document_size(document), BYTES_PER_SELECTION * (selection_count + 1))
        _require_supported(self, directives)

    def coerce_variables(self, inputs: dict[str, Any], max_errors: int, *, hide_suggestions: bool) -> VariableValues:
        """Return the coerced values of the variables. Raises Bailout if one is invalid."""
        definitions = self.definition.variable_definitions or ()
        if self._variable_coercer is not None and (coerced := self._variable_coercer.coerce(inputs)) is not None:
            return coerced
        values = get_variable_values(self.schema, definitions, inputs, max_errors, hide_suggestions)
        if isinstance(values, list):
            raise Bailout("A variable is not valid.")
        return values

    def condition_values(self, variables: VariableValues) -> tuple[bool | None, ...]:
        """Return the values of the variables in `@skip` and `@include`. A plan is valid for these values only."""
        coerced = variables.coerced
        values = tuple([coerced.get(name) for name in self.condition_variables])
        if not all(value is None or value is True or value is False for value in values):
            raise Bailout("A variable of @skip or @include is no Boolean.")
        return values

    def select_condition_variables(self, variables: VariableValues) -> VariableValues:
        """Return only the variables that a plan may depend on."""
        sources, coerced = variables
        return VariableValues(
            {name: sources[name] for name in self.condition_variables if name in sources},
            {name: coerced[name] for name in self.condition_variables if name in coerced},
        )


class UnsupportedDocument:
    """A document that cannot have a plan, with its schema. It references both for the same reason as Operation."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, reason: str) -> None:
        self.size = max(estimate_document_size(document), BYTES_PER_SELECTION)
        self.reason = reason
        self.schema = schema
        self.document = document


def _get_definition(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    definition = get_operation_ast(document, name)
    if definition is None:
        raise Bailout("The document has no such operation.")
    return definition


def _get_root_type(schema: GraphQLSchema, operation_type: OperationType) -> GraphQLObjectType:
    assert_valid_schema(schema)
    root_type = schema.get_root_type(operation_type)
    if root_type is None or schema.get_directive("defer") or schema.get_directive("stream"):
        raise Bailout("The schema does not support the operation, or supports incremental delivery.")
    return root_type


def _require_supported(operation: Operation, directives: list[DirectiveNode]) -> None:
    """Raise Bailout for operations without a plan: fragments with variables, other directives."""
    fragments = operation.fragment_definitions.values()
    if any(fragment.variable_definitions for fragment in fragments) or any(
        directive.name.value not in CONDITION_DIRECTIVES for directive in directives
    ):
        raise Bailout("The operation has fragments with variables, or directives other than @skip and @include.")


def condition_variables(directives: list[DirectiveNode]) -> tuple[str, ...]:
    values = [argument.value for directive in directives for argument in directive.arguments or ()]
    return tuple(sorted({value.name.value for value in values if isinstance(value, VariableNode)}))


def inspect_document(document: DocumentNode) -> tuple[int, list[DirectiveNode]]:
    """Return the number of definitions and selections in the document, and all of their directives except those of
    operations, which have no effect on the execution."""
    nodes = [
        node
        for definition in document.definitions
        for node in (definition, *_iter_selections(getattr(definition, "selection_set", None)))
    ]
    return len(nodes), [
        directive
        for node in nodes
        if not isinstance(node, OperationDefinitionNode)
        for directive in getattr(node, "directives", None) or ()
    ]


def _iter_selections(
    selection_set: SelectionSetNode | None,
) -> Iterator[FieldNode | FragmentSpreadNode | InlineFragmentNode]:
    pending = [selection_set]
    while pending:
        for node in getattr(pending.pop(), "selections", ()):
            yield node
            pending.append(getattr(node, "selection_set", None))
