"""Articles and documents for tests of full-text search, and the search operations."""

from typing import Any

from models import Article, Document
from models.membership import Role
from services.library import article, document
from tests.support.app_fixture import TenantFixture
from tests.support.client import Client

SEARCH_ARTICLES = """
query ($query: String!, $first: Int, $after: String, $last: Int, $before: String, $where: ArticleWhere,
    $orderBy: [ArticleOrder!]) {
  searchArticles(query: $query, first: $first, after: $after, last: $last, before: $before, where: $where,
      orderBy: $orderBy) {
    edges { cursor rank node { id title } highlights { field html } }
    nodes { title }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    totalCount
  }
}
"""
SEARCH = """
query ($query: String!, $types: [SearchType!], $first: Int, $after: String, $last: Int, $before: String) {
  search(query: $query, types: $types, first: $first, after: $after, last: $last, before: $before) {
    edges {
      cursor rank highlights { field html }
      node { __typename ... on Article { id title } ... on Document { id title } }
    }
    nodes { ... on Article { title } ... on Document { title } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    totalCount
  }
}
"""
OPERATIONS = {"searchArticles": SEARCH_ARTICLES, "search": SEARCH}


async def create_article(
    tenant: TenantFixture, title: str, content: str = "", *, is_draft: bool = False, **options: Any
) -> Article:
    """Create an article as the tenant's member, and publish it unless it is to be a draft."""
    values = {"title": title, "content": content, **options}
    created: Article = await tenant.run_use_case(lambda work: article.create_article(work, values), Role.MEMBER)
    if not is_draft:
        await tenant.run_use_case(lambda work: article.publish_article(work, created.id, None), Role.ADMIN)
    return created


async def create_document(tenant: TenantFixture, title: str, content: str = "", **options: Any) -> Document:
    """Create a document as the tenant's member."""
    values = {"title": title, "content": content, **options}
    created: Document = await tenant.run_use_case(lambda work: document.create_document(work, values), Role.MEMBER)
    return created


async def search(client: Client, query: str, operation: str = "searchArticles", **arguments: Any) -> dict[str, Any]:
    """Return the connection of the results."""
    connection: dict[str, Any] = (await client(OPERATIONS[operation], query=query, **arguments)).data[operation]
    assert [edge["node"]["title"] for edge in connection["edges"]] == titles_of(connection)
    return connection


def titles_of(connection: dict[str, Any]) -> list[str]:
    """Return the titles of the results, in their order."""
    return [node["title"] for node in connection["nodes"]]


async def find(client: Client, query: str, operation: str = "searchArticles", **arguments: Any) -> list[str]:
    """Return the titles of the results, in their order."""
    return titles_of(await search(client, query, operation, **arguments))
