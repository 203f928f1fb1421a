"""A hypothesis strategy of valid queries over a whole schema, including fields that are added to it later.

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

from tests.support.existing_values import is_connection
from tests.support.input_strategy import Draw, ExistingValues, InputGenerator, VariableReference, format_literal

MAX_DEPTH = 8
MAX_FIELDS = 20
REQUIRED_BOOLEAN = GraphQLNonNull(GraphQLBoolean)
PAGE_ARGUMENTS = {"first", "last", "after", "before", "offset", "orderBy"}
INTROSPECTION_FIELD = "__schema { queryType { name fields { name type { kind name } } } }"


@dataclass(frozen=True)
class GeneratedQuery:
    """A document, and two sets of variables."""

    text: str
    variables: tuple[dict[str, Any], dict[str, Any]]


@st.composite
def queries(draw: Draw, schema: GraphQLSchema, existing_values: ExistingValues) -> GeneratedQuery:
    """Draw a query of this schema that uses existing ids and cursors."""
    return _QueryGenerator(draw, schema, existing_values).generate()


class _QueryGenerator:
    """Generates one query."""

    def __init__(self, draw: Draw, schema: GraphQLSchema, existing_values: ExistingValues) -> None:
        self._draw = draw
        self._schema = schema
        self._existing_values = existing_values
        self._inputs = InputGenerator(draw, existing_values)
        self._chance = self._inputs.chance
        self._variables: dict[str, tuple[Any, str]] = {}
        """By name: type, and type with default as written in the variable definition."""
        self._fragments: dict[str, tuple[Any, bool, int, str]] = {}
        """By name: type condition, `mixed`, height, text."""
        self._field_heads: dict[str, list[tuple[str, str]]] = defaultdict(list)
        """By type: field name and generated head of each field that was selected before."""
        self._remaining_fields = MAX_FIELDS
        self._alias_count = 0

    def generate(self) -> GeneratedQuery:
        depth = self._draw(st.integers(2, MAX_DEPTH))
        selection_set = self._selection_set(self._schema.query_type, depth, mixed=False)
        definitions = ", ".join(f"${name}: {text}" for name, (_, text) in self._variables.items())
        fragments = [f"fragment {name} {text}" for name, (*_, text) in self._fragments.items()]
        text = "\n".join([f"query Q{f'({definitions})' if definitions else ''} {selection_set}", *fragments])
        return GeneratedQuery(text, (self._variable_values(), self._variable_values()))

    # Selections

    def _selection_set(self, parent_type: Any, depth: int, *, mixed: bool) -> str:
        """Return a selection set of a type. With `mixed`, sibling fragments may select fields of other types."""
        count = self._draw(st.integers(1, 4))
        return "{ " + " ".join(self._selection(parent_type, depth, mixed=mixed) for _ in range(count)) + " }"

    def _selection(self, parent_type: Any, depth: int, *, mixed: bool) -> str:
        choice = self._draw(st.integers(0, 99))
        if choice >= 80 and depth > 0 and self._remaining_fields > 0:
            return self._fragment(parent_type, depth, mixed=mixed)
        if choice >= 74 or not hasattr(parent_type, "fields"):
            return "kind_: __typename" if self._chance(30) else "__typename"
        if parent_type is self._schema.query_type and choice >= 72:
            return INTROSPECTION_FIELD
        if self._field_heads[parent_type.name] and depth > 0 and self._chance(15):
            name, head = self._draw(st.sampled_from(self._field_heads[parent_type.name]))
        elif name := self._field_name(parent_type, depth):
            head = self._field_head(parent_type, name, mixed=mixed)
            self._field_heads[parent_type.name].append((name, head))
        else:
            return "__typename"
        return self._field(parent_type.fields[name], head, depth)

    def _field_name(self, parent_type: Any, depth: int) -> str | None:
        """Return the name of a field; of a leaf if the limit of depth or fields is reached."""
        self._remaining_fields -= 1
        may_nest = depth > 0 and self._remaining_fields > 0
        leaves = [name for name, field in parent_type.fields.items() if is_leaf_type(get_named_type(field.type))]
        composites = [name for name in parent_type.fields if name not in leaves] if may_nest else []
        names = composites if composites and (not leaves or self._chance(60)) else leaves
        return self._draw(st.sampled_from(names)) if names else None

    def _field(self, field: GraphQLField, head: str, depth: int) -> str:
        field_type = get_named_type(field.type)
        text = head + self._directives()
        if not is_composite_type(field_type):
            return text
        return f"{text} {self._selection_set(field_type, depth - 1, mixed=is_abstract_type(field_type))}"

    def _field_head(self, parent_type: Any, name: str, *, mixed: bool) -> str:
        """Return alias, name and arguments. Fields with the same response key are identical, as validation requires."""
        field = parent_type.fields[name]
        arguments = self._arguments(field)
        if arguments:
            self._alias_count += 1
            return f"a{self._alias_count}: {name}({', '.join(f'{key}: {text}' for key, text in arguments.items())})"
        if mixed and not self._has_same_type_everywhere(name, field):
            return f"{parent_type.name}_{name}: {name}"
        return f"other_{name}: {name}" if self._chance(10) else name

    def _has_same_type_everywhere(self, name: str, field: GraphQLField) -> bool:
        types = (graphql_type for graphql_type in self._schema.type_map.values() if hasattr(graphql_type, "fields"))
        return {str(parent.fields[name].type) for parent in types if name in parent.fields} == {str(field.type)}

    def _fragment(self, parent_type: Any, depth: int, *, mixed: bool) -> str:
        on = self._draw(st.sampled_from(self._overlapping_types(parent_type)))
        mixed = mixed or is_abstract_type(on)
        directives = self._directives()
        if self._chance(60):
            condition = "" if on is parent_type and self._chance(50) else f" on {on.name}"
            return f"...{condition}{directives} {self._selection_set(on, depth - 1, mixed=mixed)}"
        reusable = [
            name
            for name, (condition_type, was_mixed, height, _) in self._fragments.items()
            if condition_type is on and was_mixed is mixed and height <= depth
        ]
        if reusable and self._chance(40):
            return f"...{self._draw(st.sampled_from(reusable))}{directives}"
        text = f"on {on.name} {self._selection_set(on, depth - 1, mixed=mixed)}"
        name = f"F{len(self._fragments)}"
        self._fragments[name] = (on, mixed, depth, text)
        return f"...{name}{directives}"

    def _overlapping_types(self, parent_type: Any) -> list[Any]:
        """Return the type conditions that can match an object of this type."""
        if is_object_type(parent_type):
            return [parent_type, *parent_type.interfaces]
        return [parent_type, *self._schema.get_possible_types(parent_type)]

    def _directives(self) -> str:
        if not self._chance(10):
            return ""
        name = self._draw(st.sampled_from(["skip", "include"]))
        value = self._variable(REQUIRED_BOOLEAN) if self._chance(60) else self._draw(st.booleans())
        return f" @{name}(if: {format_literal(REQUIRED_BOOLEAN, value)})"

    # Arguments

    def _arguments(self, field: GraphQLField) -> dict[str, str]:
        has_valid_page = is_connection(get_named_type(field.type)) and not self._chance(8)
        arguments = self._page_arguments(field) if has_valid_page else {}
        needs_key = {"id", "by"} <= field.args.keys() and not self._chance(8)
        key = (self._draw(st.sampled_from(["id", "id", "by"])),) if needs_key else ()
        for name, argument in field.args.items():
            if (has_valid_page and name in PAGE_ARGUMENTS) or (key and name in {"id", "by"}):
                continue
            if is_non_null_type(argument.type) or self._chance(30):
                arguments[name] = self._argument(argument.type)
        return arguments | {name: self._argument(field.args[name].type) for name in key}

    def _page_arguments(self, field: GraphQLField) -> dict[str, str]:
        """Return a valid combination of page arguments: usually a small page, and cursors of the connection's order."""
        arguments: dict[str, str] = {}
        if self._chance(85):
            arguments[self._draw(st.sampled_from(["first", "last"]))] = str(self._draw(st.integers(0, 3)))
        cursors = self._existing_values.cursors.get(get_named_type(field.type).name, {})
        order = self._draw(st.sampled_from(list(cursors))) if cursors and self._chance(50) else ""
        if order:
            arguments["orderBy"] = order
        elif "orderBy" in field.args and self._chance(20):
            arguments["orderBy"] = order = self._argument(field.args["orderBy"].type)
        for name in ("after", "before"):
            if cursors.get(order) and self._chance(20):
                arguments[name] = format_literal(field.args[name].type, self._draw(st.sampled_from(cursors[order])))
        return arguments

    def _argument(self, input_type: Any) -> str:
        return format_literal(input_type, self._inputs.value(input_type, self._variable_or_none))

    def _variable_or_none(self, input_type: Any) -> VariableReference | None:
        return self._variable(input_type) if self._chance(10) else None

    def _variable(self, input_type: Any) -> VariableReference:
        """Return a variable for a position of this type. With a default value, the variable may be nullable."""
        same_type = [
            name for name, (declared_type, _) in self._variables.items() if str(declared_type) == str(input_type)
        ]
        if same_type and self._chance(30):
            return VariableReference(self._draw(st.sampled_from(same_type)))
        nullable_type = input_type.of_type if is_non_null_type(input_type) else input_type
        text = str(input_type)
        if self._chance(40):
            variable_type = nullable_type if self._chance(50) else input_type
            default = format_literal(input_type, self._inputs.value(GraphQLNonNull(nullable_type)))
            text = f"{variable_type} = {default}"
        name = f"v{len(self._variables)}"
        self._variables[name] = (input_type, text)
        return VariableReference(name)

    def _variable_values(self) -> dict[str, Any]:
        """Return values of the variables. Some optional ones are omitted, and a few values are arbitrary."""
        values: dict[str, Any] = {}
        for name, (input_type, text) in self._variables.items():
            is_required = is_non_null_type(input_type) and "=" not in text
            if is_required or not self._chance(30):
                is_arbitrary = self._chance(1)
                values[name] = self._inputs.arbitrary_value() if is_arbitrary else self._inputs.value(input_type)
        return values
