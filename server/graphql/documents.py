"""Parsed and validated documents, cached by their text: clients send the same few operations again and again."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    parse,
    validate,
)

from executor import estimate_document_size
from schema.operation_directives import find_refused_fields
from server.config.operation_limits import DEFAULT_LIMITS, OperationLimits
from server.graphql.cycle_collection import collect_cycles
from server.graphql.document_limits import check_document_size
from server.graphql.document_operation import DocumentOperation
from server.graphql.document_rules import build_rules
from services.core.errors import BadInput

MAX_TOKENS = 4000
MAX_VALIDATION_ERRORS = 20
MAX_MESSAGE_LENGTH = 500
"""In characters. Messages repeat names of the document, which may be long."""
MAX_CACHED_DOCUMENTS = 1000
MAX_CACHED_BYTES = 8 * 2**20
"""The estimated size of all cached documents, per process."""


@dataclass(frozen=True)
class ValidatedDocument:
    """A document, its validation errors, and its operations by name."""

    document: DocumentNode
    errors: list[GraphQLError]
    operations: dict[str | None, DocumentOperation]

    def find_operation(self, name: str | None) -> DocumentOperation:
        """Return the named operation, or the only one if `name` is None; raise BadInput if it is not found."""
        if name is None and len(self.operations) == 1:
            (only_operation,) = self.operations.values()
            return only_operation
        if name is None or name not in self.operations:
            raise BadInput("`operationName` must name one of the document's operations.")
        return self.operations[name]


class DocumentCache:
    """A least-recently-used cache of the valid documents for one schema, bounded in number and in estimated bytes.

    Invalid documents are not stored: a client that sends them gains nothing from the cache, and could fill it."""

    def __init__(self, schema: GraphQLSchema, *, introspection: bool, limits: OperationLimits = DEFAULT_LIMITS) -> None:
        self.used_bytes = 0
        self._schema = schema
        self._rules = build_rules(introspection=introspection)
        self._rules_without_variables = build_rules(introspection=introspection, has_variables=False)
        self._hide_suggestions = not introspection
        self._limits = limits
        self._cache: OrderedDict[str, tuple[ValidatedDocument, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._cache)

    def get(self, text: str) -> ValidatedDocument | None:
        """Return the cached document, if there is one."""
        cached = self._cache.get(text)
        if cached is None:
            return None
        self._cache.move_to_end(text)
        return cached[0]

    def load(self, text: str) -> ValidatedDocument:
        """Return the cached document, or parse and validate it; raise GraphQLError on a syntax error."""
        if (cached := self.get(text)) is not None:
            return cached
        with collect_cycles():
            validated = self._parse_and_validate(text)
        if not validated.errors:
            self._store(text, validated)
        return validated

    def _store(self, text: str, validated: ValidatedDocument) -> None:
        size = estimate_document_size(validated.document)
        self._cache[text] = validated, size
        self.used_bytes += size
        while len(self._cache) > MAX_CACHED_DOCUMENTS or self.used_bytes > MAX_CACHED_BYTES:
            _, (_, freed) = self._cache.popitem(last=False)
            self.used_bytes -= freed

    def _parse_and_validate(self, text: str) -> ValidatedDocument:
        try:
            document = parse(text, max_tokens=MAX_TOKENS)
        except GraphQLError as error:
            raise error.with_traceback(None) from None  # the frames of the parser reference all tokens
        _unlink_tokens(document)
        check_document_size(document, self._limits)
        errors = validate(
            self._schema,
            document,
            self._rules if "$" in text else self._rules_without_variables,
            max_errors=MAX_VALIDATION_ERRORS,
            hide_suggestions=self._hide_suggestions,
            allow_empty_selection_sets=False,
        )
        errors = errors or list(self._find_refused_fields(document))
        return ValidatedDocument(document, [_client_error(error) for error in errors], self._operations(document))

    def _find_refused_fields(self, document: DocumentNode) -> Iterator[GraphQLError]:
        for definition in document.definitions:
            if isinstance(definition, OperationDefinitionNode):
                yield from find_refused_fields(self._schema, document, definition)

    def _operations(self, document: DocumentNode) -> dict[str | None, DocumentOperation]:
        return {
            definition.name.value if definition.name else None: DocumentOperation(self._schema, document, definition)
            for definition in document.definitions
            if isinstance(definition, OperationDefinitionNode)
        }


def _unlink_tokens(document: DocumentNode) -> None:
    """Remove the references of tokens to their predecessors, which only the lexer needs: without these cycles, a
    document is freed as soon as it is dropped, and not by a later run of the garbage collector."""
    token = document.loc.start_token if document.loc else None
    while token is not None:
        token.prev = None
        token = token.next


def _client_error(error: GraphQLError) -> GraphQLError:
    """Return the error as clients may see it.

    A scalar that cannot parse a literal (such as a number of 5,000 digits) may raise a Python exception: its message is
    not for clients, and the server is not at fault."""
    if error.original_error is not None and not isinstance(error.original_error, GraphQLError):
        return GraphQLError("The value cannot be parsed.", error.nodes)
    if len(error.message) > MAX_MESSAGE_LENGTH:
        return GraphQLError(f"{error.message[:MAX_MESSAGE_LENGTH]}…", error.nodes)
    return error
