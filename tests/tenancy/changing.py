"""Every mutation there is: done with one's own ids, and tried with another's in the place of each of them."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLField, GraphQLInputObjectType, GraphQLList, GraphQLSchema, get_named_type
from strawberry.utils.str_converters import to_snake_case

from schema.roots import ACCESS
from services.access import Access
from tests.tenancy.contract import inner, noun_of, selection
from tests.tenancy.values import ABOUT, MUTATIONS, OMIT, Values

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Slot:
    """A place in a mutation's arguments that takes an id: where, whose, and the input it is."""

    path: Path
    whose: str
    input: str


@dataclass(frozen=True)
class Text:
    """A place in a mutation's arguments that takes a text, and the column it probably fills."""

    path: Path
    column: str


class Mutation:
    """A mutation, and how it is called when all goes well."""

    def __init__(self, name: str, field: GraphQLField, values: Values) -> None:
        self.name = name
        self.about = ABOUT.get(name) or noun_of(get_named_type(field.type))
        self.for_superusers = field.extensions.get(ACCESS) is Access.SUPERUSER
        self._field = field
        self._values = values
        self.usual = copy.deepcopy(MUTATIONS[name]) if name in MUTATIONS else self._usual()

    def _usual(self) -> dict[str, Any]:
        place, arguments = f"Mutation.{self.name}", self._field.args
        found = {name: self._values.usual(place, name, each.type, self.about) for name, each in arguments.items()}
        return {name: value for name, value in found.items() if value is not OMIT}

    def document(self, *, brief: bool = False) -> str:
        """The mutation, with what it is called with as variables."""
        declared = ", ".join(f"${name}: {self._field.args[name].type}" for name in self.usual)
        given = ", ".join(f"{name}: ${name}" for name in self.usual)
        payload = get_named_type(self._field.type)
        shown = "{ userErrors { code field message } }" if brief else selection(payload, 1)
        if not given:
            return f"mutation {{ {self.name} {shown} }}"
        return f"mutation({declared}) {{ {self.name}({given}) {shown} }}"

    def slots(self) -> list[Slot]:
        """Every place that takes an id."""
        return [place for place in self._places() if isinstance(place, Slot)]

    def texts(self) -> list[Text]:
        """Every place that takes a text."""
        return [place for place in self._places() if isinstance(place, Text)]

    def _places(self) -> Iterator[Slot | Text]:
        for name, value in self.usual.items():
            yield from self._inside(f"Mutation.{self.name}", name, self._field.args[name].type, (name,), value)

    def _inside(self, place: str, name: str, kind: Any, path: Path, value: Any) -> Iterator[Slot | Text]:
        kind = inner(kind)
        if isinstance(kind, GraphQLList):
            yield from self._inside(place, name, kind.of_type, (*path, 0), value[0])
        elif isinstance(kind, GraphQLInputObjectType):
            for part in value:
                yield from self._inside(kind.name, part, kind.fields[part].type, (*path, part), value[part])
        elif kind.name == "ID":
            yield Slot(path, self._values.kind_of(place, name, self.about), f"{place}.{name}")
        elif kind.name == "String":
            yield Text(path, to_snake_case(name))

    def with_value(self, path: Path, value: Any) -> dict[str, Any]:
        """The usual arguments with another value in one place."""
        arguments = copy.deepcopy(self.usual)
        place: Any = arguments
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
        return arguments

    def with_added(self, slot: Slot, id: str) -> dict[str, Any] | None:
        """The usual arguments with an id behind one's own in a list; None where there is no list."""
        if not isinstance(slot.path[-1], int):
            return None
        return self.with_value((*slot.path[:-1],), [self._values.own[slot.whose], id])

    def ways(self) -> Iterator[dict[str, Any]]:
        """The usual arguments, and with another of one's own in the place of each id."""
        yield self.usual
        for slot in self.slots():
            others = [id for id in self._values.others.get(slot.whose, ()) if id not in self.usual.values()]
            yield from (self.with_value(slot.path, other) for other in others[:1])


def mutations(schema: GraphQLSchema, values: Values) -> list[Mutation]:
    """All mutations."""
    assert schema.mutation_type is not None
    return [Mutation(name, field, values) for name, field in schema.mutation_type.fields.items()]
