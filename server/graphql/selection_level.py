"""The selections of one selection set, with its inline fragments flattened."""

from dataclasses import dataclass

from graphql import FieldNode, FragmentSpreadNode, InlineFragmentNode, SelectionSetNode


@dataclass(frozen=True)
class SelectionLevel:
    """The fields and the names of the fragments of a selection set, and the number of directives on them."""

    fields: list[FieldNode]
    spreads: list[str]
    """Without duplicates: execution expands a fragment once per selection set."""
    directive_count: int


def flatten_selection_set(selection_set: SelectionSetNode) -> SelectionLevel:
    """Return the selections of the selection set and of its inline fragments, without recursion."""
    fields: list[FieldNode] = []
    spreads: dict[str, None] = {}
    directive_count = 0
    pending = [selection_set]
    while pending:
        for selection in pending.pop().selections:
            directive_count += len(selection.directives or ())
            if isinstance(selection, FieldNode):
                fields.append(selection)
            elif isinstance(selection, FragmentSpreadNode):
                spreads[selection.name.value] = None
            elif isinstance(selection, InlineFragmentNode):
                pending.append(selection.selection_set)
    return SelectionLevel(fields, list(spreads), directive_count)
