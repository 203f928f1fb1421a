"""Limits on the size of a document, checked before validation.

Validation compares every pair of fields with the same response name, so a document with a few thousand repetitions
would block the server for many seconds. Fragments are expanded before counting, as they are during execution.
"""

from collections.abc import Iterator

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

MAX_DEPTH = 100
MAX_FIELDS = 5_000
MAX_FIELD_PAIRS = 10_000
"""Pairs of fields with the same response name in the same merged selection set."""
MAX_SPREADS = 100
"""Named fragments spread in the same merged selection set."""


def check_document_size(document: DocumentNode) -> None:
    """Raise GraphQLError if an operation or a fragment of the document exceeds a limit."""
    fragments = {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
            _SizeCounter(fragments).count([definition.selection_set], 1)


class _SizeCounter:
    """Counts the fields of one definition."""

    def __init__(self, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._field_count = 0
        self._pair_count = 0

    def count(self, selection_sets: list[SelectionSetNode], depth: int) -> None:
        """Count the fields of selection sets that execution merges, and of everything below them."""
        if depth > MAX_DEPTH:
            raise GraphQLError(f"The operation is nested more than {MAX_DEPTH} levels deep.")
        fields_by_name: dict[str, list[FieldNode]] = {}
        for field in self._collect_fields(selection_sets, set()):
            fields_by_name.setdefault((field.alias or field.name).value, []).append(field)
        for fields in fields_by_name.values():
            self._add(len(fields))
            nested = [field.selection_set for field in fields if field.selection_set]
            if nested:
                self.count(nested, depth + 1)

    def _add(self, same_name_count: int) -> None:
        self._field_count += 1
        self._pair_count += same_name_count * (same_name_count - 1) // 2
        if self._field_count > MAX_FIELDS:
            raise GraphQLError(f"The operation selects more than {MAX_FIELDS:,} fields.")
        if self._pair_count > MAX_FIELD_PAIRS:
            raise GraphQLError("The operation repeats the same fields too often.")

    def _collect_fields(self, selection_sets: list[SelectionSetNode], visited: set[str]) -> Iterator[FieldNode]:
        """Yield the fields of these selection sets and of their fragments. Each named fragment is expanded once."""
        pending = list(reversed(selection_sets))
        while pending:
            for selection in pending.pop().selections:
                if isinstance(selection, FieldNode):
                    yield selection
                elif isinstance(selection, InlineFragmentNode):
                    pending.append(selection.selection_set)
                elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in visited:
                    pending += self._expand_fragment(selection.name.value, visited)

    def _expand_fragment(self, name: str, visited: set[str]) -> list[SelectionSetNode]:
        visited.add(name)
        if len(visited) > MAX_SPREADS:
            raise GraphQLError(f"The operation spreads more than {MAX_SPREADS} fragments in one selection set.")
        fragment = self._fragments.get(name)
        return [fragment.selection_set] if fragment else []
