"""What the walk sends: values for every argument and input field, found by type, and where that does not do, by name.

An argument that is new and cannot be guessed stops the walk, and the message says what to add here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLList, get_named_type
from strawberry.utils.str_converters import to_snake_case

from models.ids import parse_id
from models.mailed_token import Purpose
from queries.order import NEWEST_FIRST, cursor_of
from tests.support.scene import invitation_token
from tests.support.world import PASSWORD, mailed_token, refresh_token
from tests.tenancy.contract import (
    Unknown,
    inner,
    is_list_filter,
    is_required,
    is_value_filter,
    is_where,
    noun_of,
)
from tests.tenancy.grounds import MARK

OMIT = object()
"""Not to be sent by mutations."""

GIVEN: dict[str, Any] = {
    "name": "Walk",
    "title": "Walk",
    "description": "Walk",
    "slug": "walk",
    "fullName": "Walk",
    "email": "walk@here.test",
    "dueDate": "2027-02-28",
    "price": "2.50",
    "stock": 5,
    "active": True,
    "quantity": 2,
    "shippingAddress": "Walk",
    "delta": 2,
    "reason": "Walk",
    "currency": "EUR",
    "amount": "0.50",
    "memo": "Walk",
    "asOf": "2999-01-01T00:00:00Z",
    "expectedVersion": OMIT,
    "first": 1,
    "last": 1,
}
"""What to send where an argument or input field of this name takes a plain value."""

MUTATIONS: dict[str, dict[str, Any]] = {
    "login": {"input": {"email": "owner@here.test", "password": PASSWORD}},
    "register": {"input": {"email": "walk@walk.test", "fullName": "Walk", "password": "Walking-horse-3!"}},
    "refreshSession": {"input": {"refreshToken": refresh_token("owner@here.test")}},
    "logout": {"input": {"refreshToken": refresh_token("owner@here.test")}},
    "updateViewer": {"input": {"fullName": "Walk"}},
    "changePassword": {"input": {"currentPassword": PASSWORD, "newPassword": "Walking-horse-3!"}},
    "verifyEmail": {"input": {"token": mailed_token(Purpose.VERIFY_EMAIL, "owner@here.test")}},
    "resetPassword": {
        "input": {
            "token": mailed_token(Purpose.RESET_PASSWORD, "owner@here.test"),
            "newPassword": "Walking-horse-3!",
        }
    },
    "acceptInvitation": {"token": invitation_token("owner@here.test")},
    "createApiKey": {"input": {"name": "Walk", "role": "MEMBER"}},
}
"""The arguments of mutations that go wrong with the usual values."""

ABOUT: dict[str, str] = {"deleteUser": "user", "leaveTenant": "tenant"}
"""What mutations are about that answer no object."""

KINDS: dict[str, str] = {
    "assigneeId": "worker",
    "placedById": "user",
    "fromId": "account",
    "toId": "account",
    "streamId": "account",
}
"""Whose ids an argument or input field takes, where its name does not tell."""

SECOND = {"toId"}
"""What must be another than what an argument before it takes."""

LOGIC = ("and", "or", "not")
CURSORS = ("after", "before")
OTHER_FILTERS = {"Int", "Float", "Decimal", "Boolean", "Date", "DateTime"}
"""What filters compare that is the same in both tenants, so that comparing it tells nothing."""


@dataclass(frozen=True)
class Variant:
    """Something to send, and the inputs that it exercises."""

    value: Any
    inputs: frozenset[str] = frozenset()

    def inside(self, name: str, value: Any, *inputs: str) -> "Variant":
        """The same as part of something larger."""
        return Variant(value, self.inputs | {name, *inputs})


class Values:
    """Values with ids of one's own and of another's in them."""

    def __init__(
        self, own: Mapping[str, str], foreign: Mapping[str, str], others: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self.own = own
        self.foreign = foreign
        self.others = others or {}
        """More of one's own."""

    # One of everything, all of it one's own: what a mutation is called with.

    def usual(self, place: str, name: str, kind: Any, about: str | None) -> Any:
        """What to send so that all goes well; OMIT for nothing."""
        kind = inner(kind)
        if isinstance(kind, GraphQLList):
            each = self.usual(place, name, kind.of_type, about)
            more = self.others.get(self.kind_of(place, name, about), ()) if get_named_type(kind).name == "ID" else ()
            return each if each is OMIT else [each, *more]
        if isinstance(kind, GraphQLEnumType):
            return next(iter(kind.values))
        if isinstance(kind, GraphQLInputObjectType):
            parts = {part: self.usual(kind.name, part, each.type, about) for part, each in kind.fields.items()}
            return {part: value for part, value in parts.items() if value is not OMIT}
        if kind.name == "ID":
            if name in SECOND and (others := self.others.get(self.kind_of(place, name, about))):
                return others[0]
            return next(id for id in self._both(self.kind_of(place, name, about)) if id in self.own.values())
        return self._given(place, name)

    # Variants: what a query is called with, one after the other.

    def variants(self, place: str, name: str, kind: Any, about: str | None, hops: int) -> Iterator[Variant]:
        """Everything worth sending; filters follow so many relations."""
        label, kind = f"{place}.{name}", inner(kind)
        if isinstance(kind, GraphQLList):
            yield from self._lists(place, name, kind, about, hops)
        elif isinstance(kind, GraphQLEnumType):
            yield from (Variant(value, frozenset({label})) for value in kind.values)
        elif isinstance(kind, GraphQLInputObjectType):
            found = self.filters(kind, hops) if is_where(kind) else self._objects(kind, about, hops)
            yield from (each.inside(label, each.value) for each in found)
        elif kind.name == "ID":
            yield from (Variant(id, frozenset({label})) for id in self._both(self.kind_of(place, name, about)))
        else:
            yield Variant(self._cursor(about) if name in CURSORS else self._given(place, name), frozenset({label}))

    def _lists(self, place: str, name: str, kind: Any, about: str | None, hops: int) -> Iterator[Variant]:
        label = f"{place}.{name}"
        if get_named_type(kind).name == "ID":
            yield Variant(list(self._both(self.kind_of(place, name, about))), frozenset({label}))
        for each in self.variants(place, name, kind.of_type, about, hops):
            yield each.inside(label, [each.value])

    def _objects(self, kind: Any, about: str | None, hops: int) -> Iterator[Variant]:
        """An input with one field after the other given beside the required ones."""
        must = {
            part: next(self._part(kind, part, about, hops)) for part in kind.fields if is_required(kind.fields[part])
        }
        least = {part: each.value for part, each in must.items()}
        inputs = frozenset[str]().union(*(each.inputs for each in must.values()))
        if not kind.fields.keys() - must.keys():
            yield Variant(least, inputs)
        for part in kind.fields:
            for each in self._part(kind, part, about, hops):
                yield Variant(least | {part: each.value}, inputs | each.inputs)

    def _part(self, kind: Any, part: str, about: str | None, hops: int) -> Iterator[Variant]:
        return self.variants(kind.name, part, kind.fields[part].type, about, hops)

    # Filters

    def filters(self, kind: Any, hops: int, *, nested: bool = False) -> Iterator[Variant]:
        """Filters that ask for ids or for the other's texts, here and so many relations away."""
        for name, field in kind.fields.items():
            if name in LOGIC and nested:
                continue
            for each in self._conditions(kind, name, get_named_type(field.type), hops, nested=nested):
                value = [each.value] if isinstance(inner(field.type), GraphQLList) else each.value
                yield each.inside(f"{kind.name}.{name}", {name: value})

    def _conditions(self, kind: Any, name: str, named: Any, hops: int, *, nested: bool) -> Iterator[Variant]:
        if name in LOGIC:
            plain = self.filters(kind, 0, nested=True)
            yield from (each for each in plain if f"{kind.name}.id" in each.inputs)
        elif is_value_filter(named):
            yield from self._comparisons(kind, name, named, nested=nested)
        elif is_where(named):
            yield from self.filters(named, hops - 1, nested=True) if hops else ()
        elif is_list_filter(named):
            for quantifier in ("some", "every") if hops else ():  # none is not some
                for found in self.filters(get_named_type(named.fields[quantifier].type), hops - 1, nested=True):
                    yield found.inside(f"{named.name}.{quantifier}", {quantifier: found.value})
        else:
            raise Unknown(f"{kind.name}.{name}: {named} is a new kind of filter; add it to tests/tenancy/values.py.")

    def _comparisons(self, kind: Any, name: str, named: Any, *, nested: bool) -> Iterator[Variant]:
        """With another's id, and with one's own, which a row of the other's may have too. Nested ones need be few."""
        compared = get_named_type(named.fields["eq"].type)
        if compared.name == "ID":
            whose = self.kind_of(kind.name, name, noun_of(kind))
            own, foreign = self.own[whose], self.foreign[whose]
            more = () if nested else (("ne", foreign), ("ne", own), ("in", [foreign]), ("in", [own, foreign]))
            for operator, value in (("eq", foreign), ("eq", own), *more):
                yield Variant({operator: value}, frozenset({f"{named.name}.{operator}"}))
        elif compared.name == "String":
            yield from (
                Variant({operator: MARK}) for operator in (("contains",) if nested else ("contains", "startsWith"))
            )
        elif compared.name not in OTHER_FILTERS and not isinstance(compared, GraphQLEnumType):
            raise Unknown(
                f"{kind.name}.{name} compares {compared}: add it to OTHER_FILTERS in tests/tenancy/values.py."
            )

    # Ids and plain values

    def kind_of(self, place: str, name: str, about: str | None) -> str:
        """Whose ids are to be sent; "*" where all are taken."""
        if name in ("id", "ids") and about is not None:
            return about
        words = to_snake_case(KINDS.get(name, name)).removesuffix("_ids").removesuffix("_id")
        fitting = [known for known in self.own if words == known or words.endswith(f"_{known}")]
        if not fitting:
            raise Unknown(f"{place}.{name}: say in tests/tenancy/values.py (KINDS) whose ids it takes.")
        return max(fitting, key=len)

    def _both(self, whose: str) -> Iterator[str]:
        """Another's, and one's own."""
        for ids in (self.foreign, self.own):
            yield from ids.values() if whose == "*" else (ids[whose],)

    def _cursor(self, about: str | None) -> str:
        """The cursor that somebody of the other tenant would have of a row of theirs."""
        assert about is not None
        return cursor_of(NEWEST_FIRST, SimpleNamespace(id=parse_id(about, self.foreign[about])))

    def _given(self, place: str, name: str) -> Any:
        if name not in GIVEN:
            raise Unknown(f"{place}.{name}: say in tests/tenancy/values.py (GIVEN) what to send, or OMIT.")
        return GIVEN[name]
