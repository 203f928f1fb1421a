"""Pages of search results."""

from typing import Any

import pytest

from models.membership import Role
from tests.api.search_helpers import OPERATIONS, create_article, search
from tests.support.app_fixture import AppFixture
from tests.support.client import Client
from tests.support.memberships import add_member


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_pages_contain_all_results_in_order(
    app_fixture: AppFixture, member_client: Client, operation: str
) -> None:
    """Many results have the same rank."""
    for number in range(9):
        await create_article(app_fixture.tenant, f"Text {number}", "Compost. " * (number % 3 + 1))
    complete = await search(member_client, "compost", operation)
    ranks = [(edge["rank"], edge["node"]["id"]) for edge in complete["edges"]]
    assert ranks == sorted(ranks, reverse=True)
    assert len({rank for rank, _ in ranks}) == 3
    assert await _collect(member_client, operation, "after", 2) == complete["edges"]
    assert await _collect(member_client, operation, "before", 2) == complete["edges"]


async def _collect(client: Client, operation: str, cursor: str, size: int) -> list[Any]:
    """Return the edges of all pages of this size, from the start or from the end."""
    size_argument = {"after": "first", "before": "last"}[cursor]
    edges: list[Any] = []
    arguments: dict[str, Any] = {}
    while True:
        connection = await search(client, "compost", operation, **{size_argument: size}, **arguments)
        page, info = connection["edges"], connection["pageInfo"]
        edges = edges + page if cursor == "after" else page + edges
        if not info["hasNextPage" if cursor == "after" else "hasPreviousPage"]:
            return edges
        arguments = {cursor: info["endCursor" if cursor == "after" else "startCursor"]}


@pytest.mark.slow
@pytest.mark.parametrize("operation", OPERATIONS)
async def test_pages_continue_after_the_matches_in_titles(
    app_fixture: AppFixture, member_client: Client, operation: str
) -> None:
    """The other matches are in the same order, on whichever page the matches in titles end."""
    for number in range(5):
        await create_article(app_fixture.tenant, f"Compost {number}", is_draft=number == 1)
        await create_article(app_fixture.tenant, f"Text {number}", "Compost. " * (number % 2 + 1))
    admin_client = app_fixture.tenant.client(Role.ADMIN)
    other_client = app_fixture.client(
        await add_member(app_fixture.tenant, "new@here.test", Role.MEMBER), app_fixture.tenant.slug
    )
    for client, count in ((member_client, 10), (admin_client, 10), (other_client, 9)):
        complete = await search(client, "compost", operation)
        titles = [edge["node"]["title"][:4] for edge in complete["edges"]]
        assert titles == ["Comp"] * (count - 5) + ["Text"] * 5
        for size in (1, 2, 3, 4, 5, 9):
            for cursor in ("after", "before"):
                assert await _collect(client, operation, cursor, size) == complete["edges"]


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_empty_page(member_client: Client, operation: str) -> None:
    connection = await search(member_client, "compost", operation)
    assert (connection["edges"], connection["totalCount"]) == ([], 0)
    assert connection["pageInfo"]["endCursor"] is None


async def test_sibling_searches_are_independent(app_fixture: AppFixture, member_client: Client) -> None:
    for title in ("Compost", "Mulch"):
        await create_article(app_fixture.tenant, title)
    document = """{
      a: searchArticles(query: "compost") { ...results } b: searchArticles(query: "mulch") { ...results }
    }
    fragment results on ArticleSearchConnection { edges { node { title } highlights { html } } totalCount }"""
    assert (await member_client(document)).data == {
        alias: {"edges": [{"node": {"title": word}, "highlights": [{"html": f"<mark>{word}</mark>"}]}], "totalCount": 1}
        for alias, word in (("a", "Compost"), ("b", "Mulch"))
    }
