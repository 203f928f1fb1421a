"""Documents, parsed and validated once and kept: clients send the same few operations again and again."""

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
    """A document, what is wrong with it, and the types of its operations by their names."""

    document: DocumentNode
    errors: list[GraphQLError]
    operations: dict[str | None, OperationType]


class Documents:
    """Prepares documents for one schema."""

    def __init__(self, *, introspection: bool) -> None:
        rules = [*specified_rules, StorableText]
        self._rules = rules if introspection else [*rules, NoSchemaIntrospectionCustomRule]
        self._hide_suggestions = not introspection
        self._kept: OrderedDict[str, Prepared] = OrderedDict()

    def prepare(self, schema: GraphQLSchema, text: str) -> Prepared:
        """The document in this text; GraphQLError if it is none."""
        if (found := self._kept.get(text)) is not None:
            self._kept.move_to_end(text)
            return found
        document = parse(text, max_tokens=MOST_TOKENS)
        check_size(document)
        errors = validate(
            schema,
            document,
            self._rules,
            max_errors=MOST_ERRORS,
            hide_suggestions=self._hide_suggestions,
            allow_empty_selection_sets=False,
        )
        prepared = Prepared(document, [_in_our_words(error) for error in errors], _operations(document))
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


def _operations(document: DocumentNode) -> dict[str | None, OperationType]:
    operations = (each for each in document.definitions if isinstance(each, OperationDefinitionNode))
    return {each.name.value if each.name else None: each.operation for each in operations}
