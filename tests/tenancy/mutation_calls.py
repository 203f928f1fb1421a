"""Generated calls of every mutation: with valid arguments, and with other values in each argument."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLField, GraphQLInputObjectType, GraphQLList, GraphQLSchema, get_named_type
from strawberry.utils.str_converters import to_snake_case

from schema.requirements import ACCESS
from services.core.access import Access
from tests.tenancy.argument_values import MUTATION_ARGUMENTS, OMIT, ArgumentValues
from tests.tenancy.id_prefixes import MUTATION_ID_PREFIXES
from tests.tenancy.schema_inspection import id_prefix_of, selection_set, without_non_null

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class IdArgument:
    """An id in a mutation's arguments: its path, its prefix and the label of its argument or input field."""

    path: Path
    id_prefix: str
    label: str


@dataclass(frozen=True)
class TextArgument:
    """A text in a mutation's arguments: its path and the column that it presumably sets."""

    path: Path
    column: str


class MutationCall:
    """A mutation with arguments that make it succeed."""

    def __init__(
        self, name: str, field: GraphQLField, values: ArgumentValues, omitted: frozenset[str] = frozenset()
    ) -> None:
        self.name = name
        self._omitted = omitted
        self.id_prefix = MUTATION_ID_PREFIXES.get(name) or id_prefix_of(get_named_type(field.type))
        self.for_superusers = field.extensions.get(ACCESS) is Access.SUPERUSER
        self._field = field
        self._values = values
        self._arguments = MUTATION_ARGUMENTS[name] if name in MUTATION_ARGUMENTS else self._default_arguments()

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments that make it succeed now."""
        return self._arguments(self._values.own_ids) if callable(self._arguments) else copy.deepcopy(self._arguments)

    def _default_arguments(self) -> dict[str, Any]:
        parent = f"Mutation.{self.name}"
        values = {
            name: self._values.default_value(parent, name, argument.type, self.id_prefix)
            for name, argument in self._field.args.items()
            if name not in self._omitted
        }
        return {name: value for name, value in values.items() if value is not OMIT}

    def document(self, *, brief: bool = False) -> str:
        """Return a document of the mutation with its arguments as variables; `brief` selects user errors only."""
        variable_types = ", ".join(f"${name}: {self._field.args[name].type}" for name in self.arguments)
        arguments = ", ".join(f"{name}: ${name}" for name in self.arguments)
        payload = get_named_type(self._field.type)
        selection = "{ userErrors { code field message } }" if brief else selection_set(payload, 1)
        if not arguments:
            return f"mutation {{ {self.name} {selection} }}"
        return f"mutation({variable_types}) {{ {self.name}({arguments}) {selection} }}"

    def id_arguments(self) -> list[IdArgument]:
        """Return all ids in the arguments."""
        return [leaf for leaf in self._leaf_arguments() if isinstance(leaf, IdArgument)]

    def text_arguments(self) -> list[TextArgument]:
        """Return all texts in the arguments."""
        return [leaf for leaf in self._leaf_arguments() if isinstance(leaf, TextArgument)]

    def _leaf_arguments(self) -> Iterator[IdArgument | TextArgument]:
        for name, value in self.arguments.items():
            yield from self._leaves_of(f"Mutation.{self.name}", name, self._field.args[name].type, (name,), value)

    def _leaves_of(
        self, parent: str, name: str, input_type: Any, path: Path, value: Any
    ) -> Iterator[IdArgument | TextArgument]:
        input_type = without_non_null(input_type)
        if isinstance(input_type, GraphQLList):
            yield from self._leaves_of(parent, name, input_type.of_type, (*path, 0), value[0])
        elif isinstance(input_type, GraphQLInputObjectType):
            for part in value:
                field_type = input_type.fields[part].type
                yield from self._leaves_of(input_type.name, part, field_type, (*path, part), value[part])
        elif input_type.name == "ID":
            yield IdArgument(path, self._values.id_prefix_for(parent, name, self.id_prefix), f"{parent}.{name}")
        elif input_type.name == "String":
            yield TextArgument(path, to_snake_case(name))

    def with_value(self, path: Path, value: Any) -> dict[str, Any]:
        """Return the arguments with another value at this path."""
        arguments = copy.deepcopy(self.arguments)
        container: Any = arguments
        for step in path[:-1]:
            container = container[step]
        container[path[-1]] = value
        if "by" in arguments and path[-1] in arguments["by"]:  # an upsert repeats the unique value in its input
            arguments["by"] = {path[-1]: value}
            arguments["input"][path[-1]] = value
        return arguments

    def with_appended_id(self, id_argument: IdArgument, id: str) -> dict[str, Any] | None:
        """Return the arguments with an own id and this id in a list of ids; None if the argument is not a list."""
        if not isinstance(id_argument.path[-1], int):
            return None
        return self.with_value((*id_argument.path[:-1],), [self._values.own_ids[id_argument.id_prefix], id])

    def argument_variants(self) -> Iterator[dict[str, Any]]:
        """Yield the arguments, and for each id the arguments with another own id."""
        yield self.arguments
        for id_argument in self.id_arguments():
            own_ids = self._values.other_own_ids.get(id_argument.id_prefix, ())
            unused_ids = [id for id in own_ids if id not in self.arguments.values()]
            yield from (self.with_value(id_argument.path, id) for id in unused_ids[:1])


def mutation_calls(schema: GraphQLSchema, values: ArgumentValues) -> list[MutationCall]:
    """Return a call of each mutation, and of each form of a bulk mutation."""
    assert schema.mutation_type is not None
    fields = schema.mutation_type.fields.items()
    return [MutationCall(name, field, values, omitted) for name, field in fields for omitted in _omitted(field)]


def _omitted(field: GraphQLField) -> Iterator[frozenset[str]]:
    """Yield the arguments that a call omits: a bulk mutation takes ids, a filter or a list of rows. That a filter
    selects no rows of another tenant is tested in tests/api/test_bulk_selection.py."""
    if {"ids", "where"} <= field.args.keys():
        yield frozenset({"where", "maximum", "updates", "deletions"})
        yield frozenset({"ids", "where", "maximum", "input"})
    else:
        yield frozenset()
