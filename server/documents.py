"""Documents, parsed and validated once and kept: clients send the same few operations again and again."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    StringValueNode,
    ValidationRule,
    parse,
    specified_rules,
    validate,
)
from strawberry.extensions import SchemaExtension
from strawberry.schema.exceptions import CannotGetOperationTypeError

from server.document_limits import check_size

MOST_KEPT = 1000
MOST_TOKENS = 4000
MOST_ERRORS = 20
LONGEST_KEPT = 20_000
"""Characters: longer documents are prepared anew each time, so that the cache stays small whatever is sent."""


class StorableText(ValidationRule):
    """PostgreSQL keeps no NUL characters, so none may be written."""

    def enter_string_value(self, node: StringValueNode, *_: Any) -> None:
        if "\0" in node.value:
            self.report_error(GraphQLError("Text may not contain NUL characters.", node))


@dataclass(frozen=True)
class Prepared:
    """A document, and what is wrong with it."""

    document: DocumentNode
    errors: list[GraphQLError]


class Documents:
    """Prepares documents for one schema."""

    def __init__(self, *, introspection: bool) -> None:
        rules = [*specified_rules, StorableText]
        self._rules = rules if introspection else [*rules, NoSchemaIntrospectionCustomRule]
        self._kept: OrderedDict[str, Prepared] = OrderedDict()

    def prepare(self, schema: GraphQLSchema, text: str) -> Prepared:
        """The document in this text; GraphQLError if it is none."""
        if (found := self._kept.get(text)) is not None:
            self._kept.move_to_end(text)
            return found
        document = parse(text, max_tokens=MOST_TOKENS)
        check_size(document)
        errors = validate(schema, document, self._rules, max_errors=MOST_ERRORS)
        prepared = Prepared(document, [_in_our_words(error) for error in errors])
        if len(text) <= LONGEST_KEPT:
            self._kept[text] = prepared
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return prepared


def _in_our_words(error: GraphQLError) -> GraphQLError:
    """A scalar that cannot read a literal (a number of 5,000 digits, say) may raise what Python raised: neither for
    clients to read, nor a fault of ours."""
    if error.original_error is None or isinstance(error.original_error, GraphQLError):
        return error
    return GraphQLError("This value cannot be read.", error.nodes)


def _operations(document: DocumentNode) -> int:
    return sum(isinstance(each, OperationDefinitionNode) for each in document.definitions)


class Preparing(SchemaExtension):
    """Hands Strawberry the prepared document."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._errors: list[GraphQLError] = []

    def on_parse(self) -> Iterator[None]:
        operation = self.execution_context
        if operation.query:
            prepared = self._documents.prepare(operation.schema._schema, operation.query)
            operation.graphql_document, self._errors = prepared.document, prepared.errors
            unnamed = operation._provided_operation_name is None  # noqa: SLF001 -- the public one names the first, if need be
            if unnamed and _operations(prepared.document) > 1:
                raise CannotGetOperationTypeError(None)  # Strawberry would execute the first of them
        yield

    def on_validate(self) -> Iterator[None]:
        self.execution_context.pre_execution_errors = self._errors
        yield
