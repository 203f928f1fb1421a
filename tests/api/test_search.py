"""Full-text search over GraphQL: what is found, in which order, and by whom."""

from typing import Any

import pytest

from models import Document
from models.membership import Role
from services.core import records
from services.library import article
from tests.api.search_helpers import OPERATIONS, create_article, create_document, find, search
from tests.support.app_fixture import AppFixture
from tests.support.client import Client
from tests.support.memberships import add_member

TEXTS = {
    "Compost heap": "A heap of compost needs air and water.",
    "Heap of stones": "Compost is far away. The fence is not.",
    "Mulch": "Bark and straw.",
    "Bees": "Bees need flowers.",
}

# Queries and relevance


RESULTS: list[tuple[str, set[str]]] = [
    ("compost heap", {"Compost heap", "Heap of stones"}),
    ("COMPOST Heap", {"Compost heap", "Heap of stones"}),
    ('"compost heap"', {"Compost heap"}),
    ("bees or mulch", {"Bees", "Mulch"}),
    ("bees OR mulch OR unknown", {"Bees", "Mulch"}),
    ("compost heap or bees", {"Compost heap", "Heap of stones", "Bees"}),
    ("heap -stones", {"Compost heap"}),
    ('heap -"heap of stones"', {"Compost heap"}),
    ("heap -stones or mulch -bark", {"Compost heap"}),
    ("comp", {"Compost heap", "Heap of stones"}),
    ("heap comp", {"Compost heap", "Heap of stones"}),
    ("comp heap", set()),
    ('"comp"', set()),
    ("flower", {"Bees"}),
    ("flowering", {"Bees"}),
    ("be", set()),
    ("bee", {"Bees"}),
    ("unknown", set()),
    ("!!! bees ???", {"Bees"}),
    ('bees "', {"Bees"}),
    ("or bees or or", {"Bees"}),
]
"""Queries, and the titles of the texts that they find."""


async def test_query_syntax(app_fixture: AppFixture, member_client: Client) -> None:
    for title, content in TEXTS.items():
        await create_article(app_fixture.tenant, title, content)
    for query, titles in RESULTS:
        assert (query, sorted(await find(member_client, query))) == (query, sorted(titles))


async def test_title_counts_more_than_content(app_fixture: AppFixture, member_client: Client) -> None:
    await create_article(app_fixture.tenant, "Compost")
    await create_article(app_fixture.tenant, "Soil", "Compost, compost and more compost. " * 5)
    await create_article(app_fixture.tenant, "Bees", "They do not need it.")
    connection = await search(member_client, "compost")
    assert [edge["node"]["title"] for edge in connection["edges"]] == ["Compost", "Soil"]
    assert connection["totalCount"] == 2
    assert connection["edges"][0]["rank"] > connection["edges"][1]["rank"] > 0


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_texts_with_all_words_in_the_title_come_first(
    app_fixture: AppFixture, member_client: Client, operation: str
) -> None:
    await create_article(app_fixture.tenant, "Compost heap")
    await create_article(app_fixture.tenant, "Compost, compost", "Heap. Compost heap. " * 5)
    await create_article(app_fixture.tenant, "Heap", "Compost " * 3)
    for query in ("compost heap", "heap compo", "compost heap -winter", '"compost heap" or unknown'):
        edges = (await search(member_client, query, operation))["edges"]
        assert edges[0]["node"]["title"] == "Compost heap"
        assert [edge["rank"] >= 0.5 for edge in edges] == [True] + [False] * (len(edges) - 1)
    edges = (await search(member_client, "compost or heap", operation))["edges"]
    assert [edge["rank"] >= 0.5 for edge in edges] == [True] * 3


@pytest.mark.any_server
async def test_updated_and_deleted_texts_are_searched_as_they_are(
    app_fixture: AppFixture, member_client: Client
) -> None:
    row = await create_article(app_fixture.tenant, "Beans", "Climbing.")
    values = {"title": "Peas", "content": "Sweet."}
    await app_fixture.tenant.run_use_case(lambda work: article.update_article(work, row.id, values, None))
    assert [await find(member_client, query) for query in ("beans", "climbing", "peas", "sweet")] == [
        *([], []),
        *(["Peas"], ["Peas"]),
    ]
    await app_fixture.tenant.run_use_case(lambda work: article.delete_article(work, row.id, None))
    assert await find(member_client, "peas") == []


async def test_filter_and_order_apply_to_the_results(app_fixture: AppFixture, member_client: Client) -> None:
    for title in ("Compost A", "Compost C", "Compost B"):
        await create_article(app_fixture.tenant, title)
    by_title = [{"field": "TITLE", "direction": "DESC"}]
    assert await find(member_client, "compost", orderBy=by_title) == ["Compost C", "Compost B", "Compost A"]
    where = {"title": {"ne": "Compost C"}}
    connection = await search(member_client, "compost", orderBy=by_title, where=where, first=1)
    assert ([edge["node"]["title"] for edge in connection["edges"]], connection["totalCount"]) == (["Compost B"], 2)
    after = connection["pageInfo"]["endCursor"]
    assert await find(member_client, "compost", orderBy=by_title, where=where, after=after) == ["Compost A"]


async def test_documents_and_articles_are_ranked_together(app_fixture: AppFixture, member_client: Client) -> None:
    await create_article(app_fixture.tenant, "Roots", "Without compost.")
    await create_document(app_fixture.tenant, "Compost for documents")
    await create_document(app_fixture.tenant, "Soil", "With compost.")
    await create_article(app_fixture.tenant, "Compost for articles")
    connection = await search(member_client, "compost", "search")
    nodes = [(edge["node"]["__typename"], edge["node"]["title"]) for edge in connection["edges"]]
    assert nodes == [
        ("Article", "Compost for articles"),
        ("Document", "Compost for documents"),
        ("Document", "Soil"),
        ("Article", "Roots"),
    ]
    assert connection["totalCount"] == 4
    assert await find(member_client, "compost", "search", types=["DOCUMENT"]) == ["Compost for documents", "Soil"]
    assert await find(member_client, "compost", "search", types=["ARTICLE"]) == ["Compost for articles", "Roots"]


# Visibility


async def test_drafts_are_found_by_their_author_and_admins(app_fixture: AppFixture) -> None:
    tenant = app_fixture.tenant
    await create_article(tenant, "Compost draft", is_draft=True)
    user = await add_member(tenant, "colleague@here.test", Role.MEMBER)
    colleague = app_fixture.client(user, tenant.slug)
    expected = {tenant.client(): 1, tenant.client(Role.ADMIN): 1, tenant.client(Role.OWNER): 1, colleague: 0}
    for client, count in expected.items():
        for operation in OPERATIONS:
            connection = await search(client, "compost", operation)
            assert (len(connection["nodes"]), connection["totalCount"]) == (count, count)


async def test_deleted_documents_are_not_found(app_fixture: AppFixture) -> None:
    tenant = app_fixture.tenant
    document = await create_document(tenant, "Compost")
    await tenant.run_use_case(lambda work: records.delete(work, Document, document.id, None))
    for role in Role:
        connection = await search(tenant.client(role), "compost", "search")
        assert (connection["nodes"], connection["totalCount"]) == ([], 0)
    await tenant.run_use_case(lambda work: records.restore(work, Document, document.id, None))
    assert await find(tenant.client(), "compost", "search") == ["Compost"]


@pytest.mark.any_server
async def test_other_tenants_are_not_searched(app_fixture: AppFixture) -> None:
    await create_article(app_fixture.other_tenant, "Compost elsewhere")
    await create_document(app_fixture.other_tenant, "Compost elsewhere")
    await create_article(app_fixture.tenant, "Compost here")
    for operation in OPERATIONS:
        for role in Role:
            connection = await search(app_fixture.tenant.client(role), "compost", operation)
            assert [edge["node"]["title"] for edge in connection["edges"]] == ["Compost here"]
            assert connection["totalCount"] == 1


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_search_requires_a_member(app_fixture: AppFixture, operation: str) -> None:
    anonymous = await app_fixture.client()(OPERATIONS[operation], query="compost")
    assert (anonymous.error_codes, anonymous.body["data"]) == (["UNAUTHENTICATED"], {operation: None})
    outsider = app_fixture.client(app_fixture.other_tenant.users[Role.OWNER], app_fixture.tenant.slug)
    assert (await outsider(OPERATIONS[operation], query="compost")).error_codes == ["FORBIDDEN"]


# Invalid input


INVALID_ARGUMENTS: list[tuple[dict[str, Any], str]] = [
    ({"query": ""}, "`query` is invalid: The search query contains no word."),
    ({"query": ' "" - or !? '}, "`query` is invalid: The search query contains no word."),
    ({"query": "-compost"}, "excludes words"),
    ({"query": "heap or -compost"}, "excludes words"),
    ({"query": "a" * 201}, "at most 200 characters"),
    ({"query": "compost", "first": 101}, "`first` must be between 0 and 100"),
    ({"query": "compost", "after": "x"}, "`after` is not a cursor"),
]


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_invalid_input_is_explained(member_client: Client, operation: str) -> None:
    for arguments, message in INVALID_ARGUMENTS:
        response = await member_client(OPERATIONS[operation], **arguments)
        assert (arguments, response.error_codes) == (arguments, ["BAD_USER_INPUT"])
        assert message in response.body["errors"][0]["message"]


async def test_cursor_of_another_order_is_rejected(app_fixture: AppFixture, member_client: Client) -> None:
    await create_article(app_fixture.tenant, "Compost")
    cursor = (await search(member_client, "compost"))["pageInfo"]["endCursor"]
    arguments = {"query": "compost", "after": cursor, "orderBy": [{"field": "TITLE"}]}
    assert (await member_client(OPERATIONS["searchArticles"], **arguments)).error_codes == ["BAD_USER_INPUT"]


async def test_empty_list_of_types_is_rejected(member_client: Client) -> None:
    response = await member_client(OPERATIONS["search"], query="compost", types=[])
    assert response.error_codes == ["BAD_USER_INPUT"]
