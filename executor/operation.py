"""An operation of a document, as far as every execution of it shares it."""

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

from executor.values import Unusual
from executor.variables import plain_variables

BYTES_A_SELECTION = 2500
"""What a selection of a document takes, its nodes, names and locations together."""

NO_VARIABLES = VariableValues({}, {})
CONDITIONS = ("skip", "include")


class Operation:
    """What is known of an operation before its variables. It keeps its document and schema alive, so that what is
    remembered under their identities cannot be mistaken for another's."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, name: str | None) -> None:
        self.schema = schema
        self.document = document
        self.definition = _definition(document, name)
        self.fragment_definitions = {
            each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
        }
        self.fragments = {name: FragmentDetails(each) for name, each in self.fragment_definitions.items()}
        self.root_type = _root_type(schema, self.definition.operation)
        self.is_mutation = self.definition.operation is OperationType.MUTATION
        self._plain = plain_variables(schema, self.definition.variable_definitions or ())
        selections, directives = _walked(document)
        self.conditions = _conditions(directives)
        self.size = BYTES_A_SELECTION * (selections + 1)
        _check(self, directives)

    def variables(self, given: dict[str, Any], most_errors: int, *, hide_suggestions: bool) -> VariableValues:
        """The coerced values of the variables. Raises Unusual if there is something wrong with them."""
        definitions = self.definition.variable_definitions
        if not definitions:
            return NO_VARIABLES
        if self._plain is not None and (taken := self._plain.taken(given)) is not None:
            return taken
        values = get_variable_values(self.schema, definitions, given, most_errors, hide_suggestions)
        if isinstance(values, list):
            raise Unusual
        return values

    def flags(self, variables: VariableValues) -> tuple[bool | None, ...]:
        """What the variables say that `@skip` and `@include` ask: a plan holds for these values only."""
        coerced = variables.coerced
        flags = tuple([coerced.get(name) for name in self.conditions])
        if not all(flag is None or flag is True or flag is False for flag in flags):
            raise Unusual
        return flags

    def conditions_of(self, variables: VariableValues) -> VariableValues:
        """The variables without those that a plan must not depend on."""
        sources, coerced = variables
        return VariableValues(
            {name: sources[name] for name in self.conditions if name in sources},
            {name: coerced[name] for name in self.conditions if name in coerced},
        )


class Refused:
    """A document of which no plan is made. It, too, is kept alive."""

    size = BYTES_A_SELECTION

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self.schema = schema
        self.document = document


def _definition(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    definition = get_operation_ast(document, name)
    if definition is None:
        raise Unusual
    return definition


def _root_type(schema: GraphQLSchema, kind: OperationType) -> GraphQLObjectType:
    assert_valid_schema(schema)
    root_type = schema.get_root_type(kind)
    if root_type is None or schema.get_directive("defer") or schema.get_directive("stream"):
        raise Unusual
    return root_type


def _check(operation: Operation, directives: list[DirectiveNode]) -> None:
    """Raise Unusual for what no plan is made of: subscriptions, fragments with variables, other directives."""
    fragments = operation.fragment_definitions.values()
    if (
        operation.definition.operation is OperationType.SUBSCRIPTION
        or any(fragment.variable_definitions for fragment in fragments)
        or any(directive.name.value not in CONDITIONS for directive in directives)
    ):
        raise Unusual


def _conditions(directives: list[DirectiveNode]) -> tuple[str, ...]:
    values = [argument.value for directive in directives for argument in directive.arguments or ()]
    return tuple(sorted({value.name.value for value in values if isinstance(value, VariableNode)}))


def _walked(document: DocumentNode) -> tuple[int, list[DirectiveNode]]:
    """How many selections the document has, and all directives of its definitions and selections."""
    nodes = [node for each in document.definitions for node in (each, *_below(getattr(each, "selection_set", None)))]
    return len(nodes), [directive for node in nodes for directive in getattr(node, "directives", None) or ()]


def _below(selection_set: SelectionSetNode | None) -> Iterator[FieldNode | FragmentSpreadNode | InlineFragmentNode]:
    waiting = [selection_set]
    while waiting:
        for node in getattr(waiting.pop(), "selections", ()):
            yield node
            waiting.append(getattr(node, "selection_set", None))
