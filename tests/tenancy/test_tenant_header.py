"""X-Tenant: only a tenant one is a member of is one; all others are alike, be they there or not."""

from collections.abc import Callable
from itertools import product
from typing import Any

from graphql import GraphQLSchema

from models.ids import new_id, public_id
from schema.roots import ACCESS
from services.access import Access
from tests.support.client import Client
from tests.tenancy.changing import mutations
from tests.tenancy.contract import roots
from tests.tenancy.grounds import Grounds
from tests.tenancy.reading import document_of, plain_queries
from tests.tenancy.values import Values

Naming = Callable[[Grounds], str]
ELSEWHERE: dict[str, Naming] = {
    "another's by its slug": lambda grounds: grounds.world.there.slug,
    "another's by its id": lambda grounds: grounds.foreign["tenant"],
    "none by its slug": lambda _: "nowhere",
    "none by its id": lambda _: public_id("tenant", new_id()),
    "a bare UUID of one's own": lambda grounds: str(grounds.world.here.tenant_id),
    "the bare digits of one's own": lambda grounds: grounds.world.here.tenant_id.hex,
    "another's by its bare UUID": lambda grounds: str(grounds.world.there.tenant_id),
    "the id of something else": lambda grounds: grounds.own["team"],
    "an id that is too long": lambda grounds: grounds.own["tenant"] + "0",
    "an id in capitals": lambda grounds: grounds.own["tenant"].upper(),
    "the id that no row has": lambda _: f"tenant_{'0' * 32}",
    "one's own slug in capitals": lambda grounds: grounds.world.here.slug.upper(),
    "a pattern": lambda _: "%",
    "two at once": lambda grounds: f"{grounds.world.here.slug},{grounds.world.there.slug}",
    "nothing": lambda _: "",
    "blanks": lambda _: "  ",
    "a quote": lambda _: "' OR '1'='1",
    "a long text": lambda _: "x" * 5000,
}


def calls(grounds: Grounds, schema: GraphQLSchema) -> list[tuple[str, Access, str, dict[str, Any]]]:
    """Every root field once, with the ids of the tenant that the caller is not in now."""
    access = {name: field.extensions[ACCESS] for _, name, field in roots(schema)}
    values = Values(grounds.foreign, grounds.foreign)
    found = []
    for operation in plain_queries(schema, values):
        kind, _, name = operation.about.partition(".")
        if kind == "Query":
            found.append((name, access[name], *document_of([operation])))
    found += [(each.name, access[each.name], each.document(), each.usual) for each in mutations(schema, values)]
    return found


async def asked(client: Client, grounds: Grounds, schema: GraphQLSchema) -> list[Any]:
    """The answers to all calls that only members may make."""
    needed = [(document, variables) for _, access, document, variables in calls(grounds, schema) if access.in_tenant]
    assert needed
    return [(await client(document, **variables)).body for document, variables in needed]


async def test_a_tenant_that_is_not_ones_own_is_as_good_as_none(grounds: Grounds, schema: GraphQLSchema) -> None:
    member = grounds.client("member")
    nameless = Client(member.http, **{name: value for name, value in member.headers.items() if name != "X-Tenant"})
    expected = await asked(nameless, grounds, schema)
    assert all(body["errors"][0]["extensions"]["code"] == "FORBIDDEN" for body in expected)
    for naming in ("another's by its slug", "none by its slug"):
        assert await asked(member.with_headers(**{"X-Tenant": ELSEWHERE[naming](grounds)}), grounds, schema) == expected
    await grounds.nothing_changed_there()


async def test_all_names_of_tenants_that_are_not_ones_own_are_alike(grounds: Grounds) -> None:
    member = grounds.client("member")
    nameless = Client(member.http, Authorization=member.headers["Authorization"])
    documents = ("{ teams { nodes { name } } }", "{ viewer { email memberships { nodes { tenant { slug } } } } }")
    for document in documents:
        expected = await nameless(document)
        for header, (what, naming) in product(("X-Tenant", "X-Tenant-ID"), ELSEWHERE.items()):
            answer = await nameless.with_headers(**{header: naming(grounds)})(document)
            assert (answer.status, answer.body) == (expected.status, expected.body), what


async def test_ones_own_tenant_is_named_by_its_slug_or_its_id(grounds: Grounds) -> None:
    member = grounds.client("member")
    nameless = Client(member.http, Authorization=member.headers["Authorization"])
    names = (grounds.world.here.slug, grounds.own["tenant"], f"  {grounds.world.here.slug} ")
    for header, name in product(("X-Tenant", "X-Tenant-ID", "x-tenant"), names):
        answer = await nameless.with_headers(**{header: name})("{ teams { nodes { name } } }")
        assert {team["name"] for team in answer.data["teams"]["nodes"]} == {"Team 0", "Team 1"}


async def test_two_headers_that_name_different_tenants_are_refused(grounds: Grounds) -> None:
    client = grounds.client("commuter").with_headers(**{"X-Tenant-ID": grounds.foreign["tenant"]})
    answer = await client("{ teams { nodes { name } } }")
    assert (answer.status, answer.codes) == (400, ["BAD_USER_INPUT"])


async def test_whoever_is_in_two_tenants_sees_the_one_that_they_name(grounds: Grounds) -> None:
    commuter = grounds.client("commuter")
    there = commuter.with_headers(**{"X-Tenant": grounds.world.there.slug})
    query = "{ teams { totalCount nodes { name } } }"
    seen = {client: (await client(query)).data["teams"] for client in (commuter, there, commuter)}
    assert seen[commuter]["totalCount"] == 2
    assert seen[there]["totalCount"] == 4
    assert all(team["name"].startswith("THERE-") for team in seen[there]["nodes"])


async def test_membership_that_ends_closes_the_tenant_at_once(grounds: Grounds) -> None:
    member = grounds.client("member")
    query = "{ teams { totalCount } }"
    assert (await member(query)).data["teams"]["totalCount"] == 2
    await grounds.store.wipe(grounds.world.here.tenant_id, members=True)
    assert (await member(query)).codes == ["FORBIDDEN"]
