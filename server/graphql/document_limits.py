"""Limits on the size of a document, checked before validation.

There is one budget for the whole document. Every selection set is walked once; the size of a fragment is computed once
and added wherever the fragment is spread. The work is bounded by the number of selections and by MAX_SELECTIONS.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
    SelectionSetNode,
)

from server.config.operation_limits import DEFAULT_LIMITS, OperationLimits
from server.graphql.selection_level import SelectionLevel, flatten_selection_set

MAX_FIELDS = 5_000
"""Fields of all operations of a document, with fragments expanded."""
MAX_FIELD_PAIRS = 10_000
"""Pairs of fields with the same response name in one selection set, added up over the document."""
MAX_SPREADS = 100
"""Named fragments spread in one selection set, directly or by another fragment."""
MAX_SELECTIONS = 10_000
"""Selections that are merged: those of each selection set and of the fragments that it spreads."""
MAX_DIRECTIVES = 500
MAX_INTROSPECTION_DEPTH = 20
"""The standard introspection query has 15 levels."""
INTROSPECTION_FIELDS = ("__schema", "__type")


def check_document_size(document: DocumentNode, limits: OperationLimits = DEFAULT_LIMITS) -> None:
    """Raise GraphQLError, which names the limit, if the document exceeds one."""
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    if len(operations) > limits.operations:
        raise GraphQLError(
            f"The document contains {len(operations)} operations; "
            f"at most {limits.operations} are allowed (MAX_OPERATIONS)."
        )
    meter = _DocumentMeter(fragments, limits)
    for definition in (*operations, *fragments.values()):
        meter.count_directives(len(definition.directives or ()))
        meter.count_directives(
            sum(len(variable.directives or ()) for variable in definition.variable_definitions or ())
        )
    for name in fragments:
        meter.measure_fragment(name)
    for operation in operations:
        meter.add_operation(operation)


@dataclass(frozen=True)
class _Size:
    """The size of a selection set with its fragments expanded. Depths are in levels of fields."""

    fields: int = 0
    depth: int = 0
    introspection_depth: int = 0

    def __add__(self, other: "_Size") -> "_Size":
        fields = self.fields + other.fields
        if fields > MAX_FIELDS:
            raise GraphQLError(f"The document selects more than {MAX_FIELDS:,} fields.")
        introspection_depth = max(self.introspection_depth, other.introspection_depth)
        return _Size(fields, max(self.depth, other.depth), introspection_depth)


class _DocumentMeter:
    """Measures the definitions of one document."""

    def __init__(self, fragments: dict[str, FragmentDefinitionNode], limits: OperationLimits) -> None:
        self._fragments = fragments
        self._limits = limits
        self._levels: dict[str, SelectionLevel] = {}
        self._sizes: dict[str, _Size | None] = {}
        """By fragment, without the fragments of its first level. None while it is measured."""
        self._total = _Size()
        self._selection_count = 0
        self._pair_count = 0
        self._directive_count = 0

    def count_directives(self, count: int) -> None:
        """Count directives of the document."""
        self._directive_count += count
        if self._directive_count > MAX_DIRECTIVES:
            raise GraphQLError(f"The document contains more than {MAX_DIRECTIVES} directives.")

    def add_operation(self, operation: OperationDefinitionNode) -> None:
        """Add the operation to the document, and check its depth and its root fields."""
        level = self._flatten(operation.selection_set)
        levels = [level, *(self._level(name) for name in self._expand_spreads(level))]
        count = len({_response_name(field) for each in levels for field in each.fields})
        if count > self._limits.root_fields:
            raise GraphQLError(
                f"The operation has {count} root fields; "
                f"at most {self._limits.root_fields} are allowed (MAX_ROOT_FIELDS)."
            )
        size = self._measure(level)
        self._check_depth(size)
        self._total += size

    def _check_depth(self, size: _Size) -> None:
        if size.depth > self._limits.depth:
            raise GraphQLError(
                f"The operation is nested {size.depth} levels deep; "
                f"at most {self._limits.depth} are allowed (MAX_QUERY_DEPTH)."
            )
        if size.introspection_depth > MAX_INTROSPECTION_DEPTH:
            raise GraphQLError(
                f"The introspection is nested {size.introspection_depth} levels deep; "
                f"at most {MAX_INTROSPECTION_DEPTH} are allowed."
            )

    def measure_fragment(self, name: str) -> _Size:
        """Return the size of the fragment, without the fragments that its first level spreads."""
        if name not in self._sizes:
            self._sizes[name] = None
            self._sizes[name] = self._measure_fields(self._level(name).fields)
        size = self._sizes[name]
        if size is None:
            raise GraphQLError(f"Cannot spread fragment '{name[:100]}' within itself.", self._fragments[name])
        return size

    def _measure(self, level: SelectionLevel) -> _Size:
        """Return the size of a selection set and of everything below it."""
        names = self._expand_spreads(level)
        self._check_names(field for each in (level, *map(self._level, names)) for field in each.fields)
        size = self._measure_fields(level.fields)
        for name in names:
            size += self.measure_fragment(name)
        return size

    def _measure_fields(self, fields: Iterable[FieldNode]) -> _Size:
        size = _Size()
        for field in fields:
            nested = self._measure(self._flatten(field.selection_set)) if field.selection_set else _Size()
            if field.name.value in INTROSPECTION_FIELDS:
                size += _Size(1 + nested.fields, 1, 1 + nested.depth)
            else:
                size += _Size(1 + nested.fields, 1 + nested.depth, nested.introspection_depth)
        return size

    def _check_names(self, fields: Iterable[FieldNode]) -> None:
        """Check the response names of fields that execution merges."""
        counts = Counter((field.name.value, _response_name(field)) for field in fields)
        self._pair_count += sum(count * (count - 1) // 2 for count in counts.values())
        if self._pair_count > MAX_FIELD_PAIRS:
            raise GraphQLError("The document repeats the same fields too often.")
        for name, alias_count in Counter(name for name, _ in counts).items():
            if alias_count > self._limits.aliases:
                raise GraphQLError(
                    f"The field '{name[:100]}' is selected under {alias_count} names; "
                    f"at most {self._limits.aliases} are allowed (MAX_ALIASES)."
                )

    def _expand_spreads(self, level: SelectionLevel) -> list[str]:
        """Return the names of the fragments that the level spreads, directly or by another fragment."""
        names: dict[str, None] = {}
        pending = [level]
        while pending:
            next_level = pending.pop()
            self._count_selections(next_level)
            for name in next_level.spreads:
                if name not in names and name in self._fragments:
                    names[name] = None
                    pending.append(self._level(name))
            if len(names) > MAX_SPREADS:
                raise GraphQLError(f"A selection set spreads more than {MAX_SPREADS} fragments.")
        return list(names)

    def _count_selections(self, level: SelectionLevel) -> None:
        self._selection_count += len(level.fields) + len(level.spreads)
        if self._selection_count > MAX_SELECTIONS:
            raise GraphQLError("The document spreads fragments too often.")

    def _level(self, name: str) -> SelectionLevel:
        """Return the first level of the fragment."""
        if name not in self._levels:
            self._levels[name] = self._flatten(self._fragments[name].selection_set)
        return self._levels[name]

    def _flatten(self, selection_set: SelectionSetNode) -> SelectionLevel:
        level = flatten_selection_set(selection_set)
        self.count_directives(level.directive_count)
        return level


def _response_name(field: FieldNode) -> str:
    return (field.alias or field.name).value
