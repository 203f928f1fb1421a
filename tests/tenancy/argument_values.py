"""Values for every argument and input field in generated operations, chosen by type or by name.

A new argument without a known value raises UnknownSchemaElement, whose message says what to add here.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLList, get_named_type
from strawberry.utils.str_converters import to_snake_case

from models.email_token import Purpose
from models.ids import parse_id
from models.passkey import ChallengePurpose
from queries.cursor import encode_cursor
from queries.order import NEWEST_FIRST
from queries.search import BY_RANK
from tests.support.app_fixture import PASSWORD, known_email_token, known_refresh_token
from tests.support.change_feed import first_cursor
from tests.support.issuer_keys import id_token
from tests.support.noun_spec import to_input
from tests.support.noun_specs import NOUN_SPECS
from tests.support.passkey_rows import known_answer
from tests.support.sample_data import known_invitation_token
from tests.support.second_factor_rows import NEW_SECRET, RECOVERY, code_of
from tests.tenancy.id_prefixes import DISTINCT_ARGUMENTS, ID_PREFIXES
from tests.tenancy.schema_inspection import (
    UnknownSchemaElement,
    id_prefix_of,
    is_list_filter,
    is_names_filter,
    is_one_of,
    is_required,
    is_scalar_filter,
    is_where_input,
    referenced_by,
    type_of_input,
    without_non_null,
)
from tests.tenancy.tenancy_fixtures import TEXT_MARK
from tests.tenancy.variant import Variant

SAMPLES = {spec.type_name: to_input(spec.sample(9)) for spec in NOUN_SPECS}
"""Values of the input fields of nouns, by type."""
OMIT = object()  # marks an argument that mutations omit
NEW_PASSWORD = "Another-horse-3!"
RESET_TOKEN = known_email_token(Purpose.RESET_PASSWORD, "owner@here.test")

VALUES_BY_NAME: dict[str, Any] = {
    **dict.fromkeys(("name", "number", "description", "fullName", "shippingAddress", "reason", "memo"), "Sample"),
    "slug": "sample",
    "email": "sample@here.test",
    "active": True,
    "quantity": 2,
    "delta": 2,
    "currency": "EUR",
    "amount": "0.50",
    "asOf": "2999-01-01T00:00:00Z",
    "expectedVersion": OMIT,
    "includeDeleted": True,
    "query": f"article or document or {TEXT_MARK}",
    "first": 1,
    "last": 1,
    "offset": 0,
    "url": "https://hooks.example.com/sample",
    "since": "2000-01-01T00:00:00Z",
    **dict.fromkeys(("documentId", "operationName", "variables", "tenant"), OMIT),
    "minutes": 5,
}
"""Values of scalar arguments and input fields, by name. Nouns have theirs in tests/support/noun_specs.py."""


def _answer(purpose: ChallengePurpose, own_ids: Mapping[str, str]) -> dict[str, Any]:
    return known_answer(purpose, parse_id("user", own_ids["user"]))


MUTATION_ARGUMENTS: dict[str, dict[str, Any] | Callable[[Mapping[str, str]], dict[str, Any]]] = {
    "login": {"input": {"email": "owner@here.test", "password": PASSWORD, "code": RECOVERY}},
    "register": {"input": {"email": "sample@sample.test", "fullName": "Sample", "password": NEW_PASSWORD}},
    "refreshSession": {"input": {"refreshToken": known_refresh_token("owner@here.test")}},
    "loginWithIssuer": {"input": {"idToken": id_token("here-0", amr=["mfa"])}},
    "linkIssuer": {"input": {"idToken": id_token("sample"), "currentPassword": PASSWORD}},
    "logout": {"input": {"refreshToken": known_refresh_token("owner@here.test")}},
    "updateViewer": {"input": {"fullName": "Sample"}},
    "changePassword": {"input": {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}},
    "verifyEmail": {"input": {"token": known_email_token(Purpose.VERIFY_EMAIL, "owner@here.test")}},
    "resetPassword": {"input": {"token": RESET_TOKEN, "newPassword": NEW_PASSWORD}},
    **{
        name: {"input": {"currentPassword": PASSWORD, "code": RECOVERY}}
        for name in ("confirmIdentity", "startTwoFactor")
    },
    "confirmTwoFactor": lambda _ids: {"input": {"code": code_of(NEW_SECRET)}},
    "addPasskey": lambda ids: {"input": {"credential": _answer(ChallengePurpose.REGISTER, ids), "name": "Sample"}},
    "loginWithPasskey": lambda ids: {"input": {"credential": _answer(ChallengePurpose.LOGIN, ids)}},
    **{name: {"input": {"code": RECOVERY}} for name in ("disableTwoFactor", "regenerateRecoveryCodes")},
    "acceptInvitation": {"token": known_invitation_token("owner@here.test")},
    "createApiKey": {"input": {"name": "Sample", "role": "MEMBER"}},
    "deleteInactiveUsers": {"before": "2000-01-01T00:00:00Z", "after": f"user_{'0' * 32}"},
}
"""The arguments of mutations that fail with default values; a function of the own ids builds those that change."""

LOGICAL_OPERATORS, CURSORS = ("and", "or", "not"), ("after", "before")
SEARCHES = ("Query.search", "Query.searchArticles")
TENANT_NEUTRAL_TYPES = {"Int", "Float", "Decimal", "Boolean", "Date", "DateTime"}
"""Types of values that are the same in both tenants, so that filters on them cannot reveal the other tenant."""


class ArgumentValues:
    """Chooses values for arguments, with ids of the own and of the other tenant."""

    def __init__(
        self,
        own_ids: Mapping[str, str],
        foreign_ids: Mapping[str, str],
        other_own_ids: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.own_ids = own_ids
        self.foreign_ids = foreign_ids
        self.other_own_ids = other_own_ids or {}

    # Default values, with own ids, for mutations

    def default_value(self, parent: str, name: str, input_type: Any, prefix: str | None) -> Any:
        """Return a valid value for an argument or input field; OMIT to leave it out."""
        input_type = without_non_null(input_type)
        if isinstance(input_type, GraphQLList):
            return self._default_list(parent, name, input_type, prefix)
        if isinstance(input_type, GraphQLEnumType):
            return next(iter(input_type.values))
        if isinstance(input_type, GraphQLInputObjectType):
            return OMIT if is_where_input(input_type) else self._default_input(input_type, prefix)
        if input_type.name == "ID":
            id_prefix = self.id_prefix_for(parent, name, prefix)
            if name in DISTINCT_ARGUMENTS and (ids := self.other_own_ids.get(id_prefix)):
                return ids[0]
            return next(id for id in self._foreign_and_own_ids(id_prefix) if id in self.own_ids.values())
        return self._value_by_name(parent, name)

    def _default_input(self, input_type: GraphQLInputObjectType, prefix: str | None) -> Any:
        types = {part: field.type for part, field in input_type.fields.items()}
        values = {part: self.default_value(input_type.name, part, types[part], prefix) for part in types}
        provided = {part: value for part, value in values.items() if value is not OMIT}
        return dict([provided.popitem()]) if is_one_of(input_type) else provided

    def _default_list(self, parent: str, name: str, input_type: Any, prefix: str | None) -> Any:
        item = self.default_value(parent, name, input_type.of_type, prefix)
        takes_ids = get_named_type(input_type).name == "ID" and not parent.startswith("Mutation.bulk")
        other_ids = self.other_own_ids.get(self.id_prefix_for(parent, name, prefix), ()) if takes_ids else ()
        return item if item is OMIT else [item, *other_ids]

    # Variants, for queries

    def variants(self, parent: str, name: str, input_type: Any, prefix: str | None, depth: int) -> Iterator[Variant]:
        """Yield variants of an argument or input field; filters follow relations to this depth."""
        label, input_type = f"{parent}.{name}", without_non_null(input_type)
        labels = frozenset({label})
        if isinstance(input_type, GraphQLList):
            yield from self._list_variants(parent, name, input_type, prefix, depth)
        elif isinstance(input_type, GraphQLEnumType):
            yield from (Variant(value, labels) for value in input_type.values)
        elif isinstance(input_type, GraphQLInputObjectType):
            is_filter = is_where_input(input_type)
            inputs = self._input_variants(input_type, prefix, depth)
            objects = self.filter_variants(input_type, depth) if is_filter else inputs
            yield from (variant.nested_in(label, variant.value) for variant in objects)
        elif input_type.name == "ID":
            ids = self._foreign_and_own_ids(self.id_prefix_for(parent, name, prefix))
            yield from (Variant(id, labels) for id in ids)
        else:
            is_search = parent in SEARCHES
            value = self._cursor(prefix, is_search=is_search) if name in CURSORS else self._value_by_name(parent, name)
            yield Variant(value, labels)

    def _list_variants(
        self, parent: str, name: str, input_type: Any, prefix: str | None, depth: int
    ) -> Iterator[Variant]:
        label = f"{parent}.{name}"
        if get_named_type(input_type).name == "ID":
            yield Variant(list(self._foreign_and_own_ids(self.id_prefix_for(parent, name, prefix))), frozenset({label}))
        for item in self.variants(parent, name, input_type.of_type, prefix, depth):
            yield item.nested_in(label, [item.value])

    def _input_variants(self, input_type: Any, prefix: str | None, depth: int) -> Iterator[Variant]:
        """Yield input objects with the required fields and variants of one field after the other."""
        required = {
            name: next(self._field_variants(input_type, name, prefix, depth))
            for name in input_type.fields
            if is_required(input_type.fields[name])
        }
        minimum = {name: variant.value for name, variant in required.items()}
        labels = frozenset[str]().union(*(variant.labels for variant in required.values()))
        if not input_type.fields.keys() - required.keys() and not is_one_of(input_type):
            yield Variant(minimum, labels)
        for name in input_type.fields:
            for variant in self._field_variants(input_type, name, prefix, depth):
                yield Variant(minimum | {name: variant.value}, labels | variant.labels)

    def _field_variants(self, input_type: Any, name: str, prefix: str | None, depth: int) -> Iterator[Variant]:
        return self.variants(input_type.name, name, input_type.fields[name].type, prefix, depth)

    # Filters

    def filter_variants(self, where_type: Any, depth: int, *, nested: bool = False) -> Iterator[Variant]:
        """Yield filters that compare ids or foreign texts, directly and through relations to this depth."""
        for name, field in where_type.fields.items():
            if name in LOGICAL_OPERATORS and nested:
                continue
            field_type = get_named_type(field.type)
            for variant in self._condition_variants(where_type, name, field_type, depth, nested=nested):
                is_list = isinstance(without_non_null(field.type), GraphQLList)
                value = [variant.value] if is_list else variant.value
                yield variant.nested_in(f"{where_type.name}.{name}", {name: value})

    def _condition_variants(
        self, where_type: Any, name: str, field_type: Any, depth: int, *, nested: bool
    ) -> Iterator[Variant]:
        if name in LOGICAL_OPERATORS:
            conditions = self.filter_variants(where_type, 0, nested=True)
            yield from (variant for variant in conditions if f"{where_type.name}.id" in variant.labels)
        elif is_scalar_filter(field_type):
            yield from self._comparison_variants(where_type, name, field_type, nested=nested)
        elif field_type.name == "Boolean":
            yield from (Variant(value, frozenset()) for value in (True, False))
        elif is_names_filter(field_type):
            for operator, value in {"includes": "title", "includesAny": ["title"]}.items():
                yield Variant({operator: value}, frozenset({f"{field_type.name}.{operator}"}))
        elif is_where_input(field_type):
            yield from self.filter_variants(field_type, depth - 1, nested=True) if depth else ()
        elif is_list_filter(field_type):
            yield Variant({"count": {"gte": 1}}, frozenset({f"{field_type.name}.count"}))
            for quantifier in ("some", "every") if depth else ():  # `none` is the negation of `some`
                row_type = get_named_type(field_type.fields[quantifier].type)
                for variant in self.filter_variants(row_type, depth - 1, nested=True):
                    yield variant.nested_in(f"{field_type.name}.{quantifier}", {quantifier: variant.value})
        else:
            raise UnknownSchemaElement(
                f"{where_type.name}.{name}: {field_type} is a new kind of filter; "
                "add it to tests/tenancy/argument_values.py."
            )

    def _comparison_variants(self, where_type: Any, name: str, filter_type: Any, *, nested: bool) -> Iterator[Variant]:
        """Yield comparisons with a foreign id and with an own id; fewer operators if nested.

        A row of the other tenant may have the own id as well.
        """
        value_type = get_named_type(filter_type.fields["eq"].type)
        if value_type.name == "ID":
            prefix = self.id_prefix_for(where_type.name, name, id_prefix_of(where_type))
            own, foreign = self.own_ids[prefix], self.foreign_ids[prefix]
            lists = [(operator, ids) for operator in ("in", "notIn") for ids in ([foreign], [own, foreign])]
            further_comparisons = () if nested else (("ne", foreign), ("ne", own), *lists)
            for operator, value in (("eq", foreign), ("eq", own), *further_comparisons):
                yield Variant({operator: value}, frozenset({f"{filter_type.name}.{operator}"}))
        elif value_type.name == "String":
            operators = ("contains",) if nested else ("contains", "startsWith")
            yield from (Variant({operator: TEXT_MARK}) for operator in operators)
        elif value_type.name not in TENANT_NEUTRAL_TYPES and not isinstance(value_type, GraphQLEnumType):
            raise UnknownSchemaElement(
                f"{where_type.name}.{name} compares {value_type}: "
                "add it to TENANT_NEUTRAL_TYPES in tests/tenancy/argument_values.py."
            )

    # Ids and scalars

    def id_prefix_for(self, parent: str, name: str, prefix: str | None) -> str:
        """Return the prefix of the ids that an argument or input field takes; "*" for ids of all types."""
        if name in ("id", "ids") and prefix is not None:
            return prefix
        if referenced := referenced_by(parent, name):
            return referenced
        noun = to_snake_case(ID_PREFIXES.get(name, name)).removesuffix("_ids").removesuffix("_id")
        matches = [id_prefix for id_prefix in self.own_ids if noun == id_prefix or noun.endswith(f"_{id_prefix}")]
        if not matches:
            message = f"{parent}.{name}: add its id prefix to ID_PREFIXES in tests/tenancy/id_prefixes.py."
            raise UnknownSchemaElement(message)
        return max(matches, key=len)

    def _foreign_and_own_ids(self, prefix: str) -> Iterator[str]:
        for ids in (self.foreign_ids, self.own_ids):
            yield from ids.values() if prefix == "*" else (ids[prefix],)

    def _cursor(self, prefix: str | None, *, is_search: bool) -> str:
        """Return the cursor of a foreign row, as its tenant would receive it; without a type, of the change feed."""
        if prefix is None:
            return first_cursor(self.own_ids["tenant"])
        id = next(self._foreign_and_own_ids(prefix))
        row = SimpleNamespace(id=parse_id(id.rpartition("_")[0], id), rank=1.0)
        return encode_cursor(BY_RANK if is_search else NEWEST_FIRST, row)

    def _value_by_name(self, parent: str, name: str) -> Any:
        samples = SAMPLES.get(type_of_input(parent), {})
        if name not in samples and name not in VALUES_BY_NAME:
            where = "VALUES_BY_NAME in tests/tenancy/argument_values.py, or, for a noun, tests/support/noun_specs.py"
            raise UnknownSchemaElement(f"{parent}.{name}: add a value or OMIT to {where}.")
        return samples.get(name, VALUES_BY_NAME.get(name))
