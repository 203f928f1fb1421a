"""Parsed and validated documents, cached by their text: clients send the same few operations again and again."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    StringValueNode,
    ValidationRule,
    parse,
    specified_rules,
    validate,
)

from server.graphql.document_limits import check_document_size
from services.core.errors import BadInput

MAX_TOKENS = 4000
MAX_VALIDATION_ERRORS = 20
MAX_CACHED_DOCUMENTS = 1000
MAX_CACHED_LENGTH = 20_000
"""In characters. Longer documents are parsed each time, which bounds the memory of the cache."""


class NoNulCharactersRule(ValidationRule):
    """Reject NUL characters in string literals: PostgreSQL cannot store them."""

    def enter_string_value(self, node: StringValueNode, *_: Any) -> None:
        if "\0" in node.value:
            self.report_error(GraphQLError("Text may not contain NUL characters.", node))


@dataclass(frozen=True)
class ValidatedDocument:
    """A document, its validation errors, and the types of its operations by name."""

    document: DocumentNode
    errors: list[GraphQLError]
    operation_types: dict[str | None, OperationType]

    def operation_type(self, name: str | None) -> OperationType:
        """Return the type of the named operation, or of the only one if `name` is None; BadInput if not found."""
        if name is None and len(self.operation_types) == 1:
            (only_type,) = self.operation_types.values()
            return only_type
        if name is None or name not in self.operation_types:
            raise BadInput("`operationName` must name one of the document's operations.")
        return self.operation_types[name]


class DocumentCache:
    """A least-recently-used cache of the documents for one schema."""

    def __init__(self, schema: GraphQLSchema, *, introspection: bool) -> None:
        rules = [*specified_rules, NoNulCharactersRule]
        self._schema = schema
        self._rules = rules if introspection else [*rules, NoSchemaIntrospectionCustomRule]
        self._hide_suggestions = not introspection
        self._cache: OrderedDict[str, ValidatedDocument] = OrderedDict()

    def load(self, text: str) -> ValidatedDocument:
        """Return the cached document, or parse and validate it; raise GraphQLError on a syntax error."""
        if (cached := self._cache.get(text)) is not None:
            self._cache.move_to_end(text)
            return cached
        validated = self._parse_and_validate(text)
        if len(text) <= MAX_CACHED_LENGTH:
            self._cache[text] = validated
            if len(self._cache) > MAX_CACHED_DOCUMENTS:
                self._cache.popitem(last=False)
        return validated

    def _parse_and_validate(self, text: str) -> ValidatedDocument:
        document = parse(text, max_tokens=MAX_TOKENS)
        check_document_size(document)
        errors = validate(
            self._schema,
            document,
            self._rules,
            max_errors=MAX_VALIDATION_ERRORS,
            hide_suggestions=self._hide_suggestions,
            allow_empty_selection_sets=False,
        )
        return ValidatedDocument(document, [_hide_python_error(error) for error in errors], _operation_types(document))


def _hide_python_error(error: GraphQLError) -> GraphQLError:
    """Replace an error that wraps a Python exception. A scalar that cannot parse a literal (such as a number of 5,000
    digits) may raise one: its message is not for clients, and the server is not at fault."""
    if error.original_error is None or isinstance(error.original_error, GraphQLError):
        return error
    return GraphQLError("The value cannot be parsed.", error.nodes)


def _operation_types(document: DocumentNode) -> dict[str | None, OperationType]:
    return {
        definition.name.value if definition.name else None: definition.operation
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
    }
