"""The directives of operations, @atomic and @dryRun of mutations and @live of queries, as those of graphql-core:
Strawberry's would slow every field."""

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    DirectiveLocation,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLDirective,
    GraphQLError,
    GraphQLNonNull,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    value_from_ast_untyped,
)

from schema.mutations import REFUSAL
from services.core.operation_transaction import TransactionMode

ATOMIC = GraphQLDirective(
    "atomic",
    [DirectiveLocation.MUTATION],
    description="All root fields of the operation are performed in one transaction: all or nothing. If one fails or is "
    "rejected with user errors, the others are null, with errors of the code `ABORTED`.",
)
DRY_RUN = GraphQLDirective(
    "dryRun",
    [DirectiveLocation.MUTATION],
    description="The operation is performed and rolled back: payloads and errors are as they would have been, but "
    "nothing is written. Without `@atomic`, each root field is rolled back before the next one.",
)
TRANSACTION_DIRECTIVES = (ATOMIC, DRY_RUN)
LIVE = GraphQLDirective(
    "live",
    [DirectiveLocation.QUERY],
    {
        "if": GraphQLArgument(
            GraphQLNonNull(GraphQLBoolean),
            default_value=True,
            description="If false, the query is answered once, as without the directive.",
        )
    },
    description="The query is executed again whenever something that it reads has changed, and its result is sent if "
    "it is another one: over WebSocket or a stream of HTTP.",
)
OPERATION_DIRECTIVES = (*TRANSACTION_DIRECTIVES, LIVE)


def read_transaction_mode(operation: OperationDefinitionNode) -> TransactionMode | None:
    """Return how the operation uses transactions; None if it has none of the directives."""
    names = {directive.name.value for directive in operation.directives or ()}
    if ATOMIC.name not in names and DRY_RUN.name not in names:
        return None
    return TransactionMode(ATOMIC.name in names, DRY_RUN.name in names)


def is_live(operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> bool:
    """Return whether the operation has the directive @live with these variables, which are not coerced yet."""
    nodes = [node for node in operation.directives or () if node.name.value == LIVE.name]
    values = [
        value_from_ast_untyped(argument.value, dict(variables)) for node in nodes for argument in node.arguments or ()
    ]
    return bool(nodes) and False not in values


def find_refused_fields(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode
) -> Iterator[GraphQLError]:
    """Return an error for each root field that cannot be used with the operation's directives, if it has any. The
    document is valid otherwise."""
    if read_transaction_mode(operation) is None or schema.mutation_type is None:
        return
    directives = " or ".join(f"`@{directive.name}`" for directive in TRANSACTION_DIRECTIVES)
    for node in root_fields(document, operation):
        field = schema.mutation_type.fields.get(node.name.value)
        refusal = None if field is None else field.extensions[REFUSAL]
        if refusal is not None:
            yield GraphQLError(f"`{node.name.value}` cannot be used with {directives}, because {refusal}.", node)


def root_fields(document: DocumentNode, operation: OperationDefinitionNode) -> Iterator[FieldNode]:
    """Return the root fields of an operation of a valid document, also those in fragments."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    pending: list[SelectionNode] = list(reversed(operation.selection_set.selections))
    while pending:
        selection = pending.pop()
        if isinstance(selection, FieldNode):
            yield selection
        elif isinstance(selection, InlineFragmentNode):
            pending += reversed(selection.selection_set.selections)
        elif isinstance(selection, FragmentSpreadNode) and selection.name.value in fragments:
            fragment = fragments.pop(selection.name.value)  # a second spread would add no field
            pending += reversed(fragment.selection_set.selections)
