"""How much a document may ask for at most, found out before anything slow looks at it.

Validation compares all fields of one name in one place with each other, so a few thousand repetitions would keep the
server busy for many seconds. What is counted here is the document as it would be executed: fragments in their places.
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

MOST_FIELDS = 5_000
MOST_REPETITIONS = 10_000
"""Pairs of fields with one name in one place."""
MOST_SPREADS = 100
"""Fragments spread in one place."""
DEEPEST = 100


def check_size(document: DocumentNode) -> None:
    """GraphQLError if an operation of the document, or a fragment, is too large."""
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
            _Measure(fragments).place([definition.selection_set], 1)


class _Measure:
    """One definition being measured."""

    def __init__(self, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._fields = 0
        self._repetitions = 0

    def place(self, selection_sets: list[SelectionSetNode], depth: int) -> None:
        """What is selected in one place of the answer, by all who select there."""
        if depth > DEEPEST:
            raise GraphQLError(f"The operation is nested too deeply: at most {DEEPEST} levels.")
        named: dict[str, list[FieldNode]] = {}
        for field in self._fields_of(selection_sets, set()):
            named.setdefault((field.alias or field.name).value, []).append(field)
        for fields in named.values():
            self._count(len(fields))
            inner = [field.selection_set for field in fields if field.selection_set]
            if inner:
                self.place(inner, depth + 1)

    def _count(self, alike: int) -> None:
        self._fields += 1
        self._repetitions += alike * (alike - 1) // 2
        if self._fields > MOST_FIELDS:
            raise GraphQLError(f"The operation selects too much: at most {MOST_FIELDS:,} fields.")
        if self._repetitions > MOST_REPETITIONS:
            raise GraphQLError("The operation selects the same fields too often.")

    def _fields_of(self, selection_sets: list[SelectionSetNode], seen: set[str]) -> Iterator[FieldNode]:
        """The fields of one place, those in fragments too, each fragment once."""
        pending = list(reversed(selection_sets))
        while pending:
            for selection in pending.pop().selections:
                if isinstance(selection, FieldNode):
                    yield selection
                elif isinstance(selection, InlineFragmentNode):
                    pending.append(selection.selection_set)
                elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in seen:
                    pending += self._spread(selection.name.value, seen)

    def _spread(self, name: str, seen: set[str]) -> list[SelectionSetNode]:
        seen.add(name)
        if len(seen) > MOST_SPREADS:
            raise GraphQLError(f"The operation spreads too many fragments in one place: at most {MOST_SPREADS}.")
        found = self._fragments.get(name)
        return [found.selection_set] if found else []
