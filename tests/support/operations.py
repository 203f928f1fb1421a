"""Valid queries over a whole schema, for hypothesis to draw: whatever the schema gains is asked for as well.

Arguments, aliases, fragments (named and inline, on interfaces too), variables with and without defaults, @skip and
@include, repetitions and __typename; of bounded depth and size.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLField,
    GraphQLNonNull,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_leaf_type,
    is_non_null_type,
    is_object_type,
)
from hypothesis import strategies as st

from tests.support.inputs import Draw, Inputs, Known, Reference, literal
from tests.support.known import is_connection

DEEPEST = 8
MOST_FIELDS = 20
CONDITION = GraphQLNonNull(GraphQLBoolean)
PAGING = {"first", "last", "after", "before", "orderBy"}
INTROSPECTION = "__schema { queryType { name fields { name type { kind name } } } }"


@dataclass(frozen=True)
class Operation:
    """A document, and two sets of values for its variables."""

    text: str
    variables: tuple[dict[str, Any], dict[str, Any]]


@st.composite
def operations(draw: Draw, schema: GraphQLSchema, known: Known) -> Operation:
    """A query of this schema, in which what is known is named."""
    return _Writer(draw, schema, known).operation()


class _Writer:
    """Writes one operation."""

    def __init__(self, draw: Draw, schema: GraphQLSchema, known: Known) -> None:
        self._draw = draw
        self._schema = schema
        self._known = known
        self._inputs = Inputs(draw, known)
        self._chance = self._inputs.chance
        self._declared: dict[str, tuple[Any, str]] = {}
        self._fragments: dict[str, tuple[Any, bool, int, str]] = {}
        self._heads: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self._room = MOST_FIELDS
        self._aliases = 0

    def operation(self) -> Operation:
        depth = self._draw(st.integers(2, DEEPEST))
        selected = self._place(self._schema.query_type, depth, mixed=False)
        declared = ", ".join(f"${name}: {text}" for name, (_, text) in self._declared.items())
        fragments = [f"fragment {name} {text}" for name, (*_, text) in self._fragments.items()]
        text = "\n".join([f"query Q{f'({declared})' if declared else ''} {selected}", *fragments])
        return Operation(text, (self._values(), self._values()))

    # Selections

    def _place(self, kind: Any, depth: int, *, mixed: bool) -> str:
        """What is selected of a type. `mixed`: beside it, fields of other types may be selected under the same keys."""
        number = self._draw(st.integers(1, 4))
        return "{ " + " ".join(self._part(kind, depth, mixed=mixed) for _ in range(number)) + " }"

    def _part(self, kind: Any, depth: int, *, mixed: bool) -> str:
        way = self._draw(st.integers(0, 99))
        if way >= 80 and depth > 0 and self._room > 0:
            return self._fragment(kind, depth, mixed=mixed)
        if way >= 74 or not hasattr(kind, "fields"):
            return "kind_: __typename" if self._chance(30) else "__typename"
        if kind is self._schema.query_type and way >= 72:
            return INTROSPECTION
        if self._heads[kind.name] and depth > 0 and self._chance(15):
            name, head = self._draw(st.sampled_from(self._heads[kind.name]))
        elif name := self._name(kind, depth):
            head = self._head(kind, name, mixed=mixed)
            self._heads[kind.name].append((name, head))
        else:
            return "__typename"
        return self._field(kind.fields[name], head, depth)

    def _name(self, kind: Any, depth: int) -> str | None:
        """A field; one that ends here when there is no room for more."""
        self._room -= 1
        deeper = depth > 0 and self._room > 0
        leaves = [name for name, field in kind.fields.items() if is_leaf_type(get_named_type(field.type))]
        others = [name for name in kind.fields if name not in leaves] if deeper else []
        names = others if others and (not leaves or self._chance(60)) else leaves
        return self._draw(st.sampled_from(names)) if names else None

    def _field(self, field: GraphQLField, head: str, depth: int) -> str:
        of = get_named_type(field.type)
        text = head + self._directives()
        return f"{text} {self._place(of, depth - 1, mixed=is_abstract_type(of))}" if is_composite_type(of) else text

    def _head(self, kind: Any, name: str, *, mixed: bool) -> str:
        """Key, name and arguments. A key means the same wherever it is in the document, as validation demands."""
        field = kind.fields[name]
        arguments = self._arguments(field)
        if arguments:
            self._aliases += 1
            return f"a{self._aliases}: {name}({', '.join(f'{key}: {text}' for key, text in arguments.items())})"
        if mixed and not self._is_alike_everywhere(name, field):
            return f"{kind.name}_{name}: {name}"
        return f"other_{name}: {name}" if self._chance(10) else name

    def _is_alike_everywhere(self, name: str, field: GraphQLField) -> bool:
        kinds = (kind for kind in self._schema.type_map.values() if hasattr(kind, "fields"))
        return {str(kind.fields[name].type) for kind in kinds if name in kind.fields} == {str(field.type)}

    def _fragment(self, kind: Any, depth: int, *, mixed: bool) -> str:
        on = self._draw(st.sampled_from(self._overlapping(kind)))
        mixed = mixed or is_abstract_type(on)
        directives = self._directives()
        if self._chance(60):
            condition = "" if on is kind and self._chance(50) else f" on {on.name}"
            return f"...{condition}{directives} {self._place(on, depth - 1, mixed=mixed)}"
        fitting = [
            name
            for name, (of, was_mixed, height, _) in self._fragments.items()
            if of is on and was_mixed is mixed and height <= depth
        ]
        if fitting and self._chance(40):
            return f"...{self._draw(st.sampled_from(fitting))}{directives}"
        text = f"on {on.name} {self._place(on, depth - 1, mixed=mixed)}"
        name = f"F{len(self._fragments)}"
        self._fragments[name] = (on, mixed, depth, text)
        return f"...{name}{directives}"

    def _overlapping(self, kind: Any) -> list[Any]:
        """The types that an object of this type may be of."""
        if is_object_type(kind):
            return [kind, *kind.interfaces]
        return [kind, *self._schema.get_possible_types(kind)]

    def _directives(self) -> str:
        if not self._chance(10):
            return ""
        name = self._draw(st.sampled_from(["skip", "include"]))
        value = self._variable(CONDITION) if self._chance(60) else self._draw(st.booleans())
        return f" @{name}(if: {literal(CONDITION, value)})"

    # Arguments

    def _arguments(self, field: GraphQLField) -> dict[str, str]:
        sensible = is_connection(get_named_type(field.type)) and not self._chance(8)
        given = self._page(field) if sensible else {}
        for name, each in field.args.items():
            if not (sensible and name in PAGING) and (is_non_null_type(each.type) or self._chance(30)):
                given[name] = self._argument(each.type)
        return given

    def _page(self, field: GraphQLField) -> dict[str, str]:
        """Arguments of a list that make sense together: a small page, mostly, and cursors of the list's order."""
        given: dict[str, str] = {}
        if self._chance(85):
            given[self._draw(st.sampled_from(["first", "last"]))] = str(self._draw(st.integers(0, 3)))
        orders = self._known.cursors.get(get_named_type(field.type).name, {})
        order = self._draw(st.sampled_from(list(orders))) if orders and self._chance(50) else ""
        if order:
            given["orderBy"] = order
        elif "orderBy" in field.args and self._chance(20):
            given["orderBy"] = order = self._argument(field.args["orderBy"].type)
        for name in ("after", "before"):
            if orders.get(order) and self._chance(20):
                given[name] = literal(field.args[name].type, self._draw(st.sampled_from(orders[order])))
        return given

    def _argument(self, kind: Any) -> str:
        return literal(kind, self._inputs.value(kind, self._maybe_variable))

    def _maybe_variable(self, kind: Any) -> Reference | None:
        return self._variable(kind) if self._chance(10) else None

    def _variable(self, kind: Any) -> Reference:
        """A variable for a place of this type; one with a default may be nullable though the place is not."""
        same = [name for name, (known, _) in self._declared.items() if str(known) == str(kind)]
        if same and self._chance(30):
            return Reference(self._draw(st.sampled_from(same)))
        bare = kind.of_type if is_non_null_type(kind) else kind
        text = str(kind)
        if self._chance(40):
            shown = bare if self._chance(50) else kind
            text = f"{shown} = {literal(kind, self._inputs.value(GraphQLNonNull(bare)))}"
        name = f"v{len(self._declared)}"
        self._declared[name] = (kind, text)
        return Reference(name)

    def _values(self) -> dict[str, Any]:
        """Values for the variables; those that need none are left out at times, and some are nonsense."""
        values: dict[str, Any] = {}
        for name, (kind, text) in self._declared.items():
            needed = is_non_null_type(kind) and "=" not in text
            if needed or not self._chance(30):
                values[name] = self._inputs.nonsense() if self._chance(1) else self._inputs.value(kind)
        return values
