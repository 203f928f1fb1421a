"""Articles: drafts are visible to their author and to admins; only admins publish, and change what is published."""

from typing import Any

import pytest

from models.membership import Role
from services.people import user as people
from tests.support.app_fixture import AppFixture
from tests.support.client import Client

FIELDS = "id title content status language publishedAt version author { id }"
ERRORS = "userErrors { code field message }"
CREATE = (
    f"mutation ($input: CreateArticleInput!) {{ createArticle(input: $input) {{ article {{ {FIELDS} }} {ERRORS} }} }}"
)
UPDATE = f"""
mutation ($id: ID!, $input: UpdateArticleInput!, $version: Int) {{
  updateArticle(id: $id, input: $input, expectedVersion: $version) {{ article {{ {FIELDS} }} {ERRORS} }}
}}
"""
DELETE = f"""
mutation ($id: ID!, $version: Int) {{
  deleteArticle(id: $id, expectedVersion: $version) {{ deletedId article {{ {FIELDS} }} {ERRORS} }}
}}
"""
PUBLISH = f"""
mutation ($id: ID!, $version: Int) {{
  publishArticle(id: $id, expectedVersion: $version) {{ article {{ {FIELDS} }} {ERRORS} }}
}}
"""
UNPUBLISH = PUBLISH.replace("publishArticle", "unpublishArticle")
READ = f"""
query ($id: ID!) {{
  article(id: $id) {{ {FIELDS} }} node(id: $id) {{ id }} articles {{ totalCount nodes {{ id }} }}
}}
"""


async def create_draft(client: Client, title: str = "Compost", **values: Any) -> dict[str, Any]:
    """Create a draft and return it."""
    article: dict[str, Any] = (await client(CREATE, input={"title": title, **values})).payload("createArticle")[
        "article"
    ]
    return article


async def is_visible(client: Client, id: str) -> bool:
    """Return whether the client sees the article, by id, as a node and in the list alike."""
    data = (await client(READ, id=id)).data
    found = {data["article"] is not None, data["node"] is not None, data["articles"]["totalCount"] == 1}
    assert len(found) == 1
    return found == {True}


@pytest.fixture
async def other_member_client(app_fixture: AppFixture) -> Client:
    """A client of a second member of the tenant."""
    user = await app_fixture.create_user("second@here.test")
    await app_fixture.tenant.run_use_case(
        lambda work: people.add_member(work, app_fixture.tenant.id, user.id, Role.MEMBER)
    )
    return app_fixture.client(user, "here")


async def test_member_writes_draft_in_language_of_tenant(member_client: Client, owner_client: Client) -> None:
    draft = await create_draft(member_client, content="Turn it\nonce a month.")
    viewer = (await member_client("{ viewer { id } }")).data["viewer"]
    assert draft == draft | {"status": "DRAFT", "language": "ENGLISH", "publishedAt": None, "author": viewer}
    tenant = (await owner_client("{ tenant { id } }")).data["tenant"]["id"]
    update = f"mutation ($id: ID!) {{ updateTenant(id: $id, input: {{language: GERMAN}}) {{ {ERRORS} }} }}"
    (await owner_client(update, id=tenant)).payload("updateTenant")
    assert (await create_draft(member_client))["language"] == "GERMAN"
    assert (await create_draft(member_client, language="FRENCH"))["language"] == "FRENCH"


async def test_draft_is_visible_to_author_and_admins_only(
    member_client: Client, other_member_client: Client, admin_client: Client, owner_client: Client
) -> None:
    id = (await create_draft(member_client))["id"]
    assert [await is_visible(client, id) for client in (member_client, admin_client, owner_client)] == [True] * 3
    assert not await is_visible(other_member_client, id)
    (await admin_client(PUBLISH, id=id)).payload("publishArticle")
    assert await is_visible(other_member_client, id)
    (await admin_client(UNPUBLISH, id=id)).payload("unpublishArticle")
    assert not await is_visible(other_member_client, id)


async def test_draft_of_another_member_cannot_be_changed(member_client: Client, other_member_client: Client) -> None:
    draft = await create_draft(member_client)
    updated = await other_member_client(UPDATE, id=draft["id"], input={"title": "Taken over"})
    assert updated.user_errors("updateArticle") == [("NOT_FOUND", ["id"])]
    deleted = await other_member_client(DELETE, id=draft["id"])
    assert deleted.user_errors("deleteArticle") == [("NOT_FOUND", ["id"])]
    assert (await member_client(READ, id=draft["id"])).data["article"] == draft


async def test_only_admins_change_published_articles(member_client: Client, admin_client: Client) -> None:
    id = (await create_draft(member_client))["id"]
    published = (await admin_client(PUBLISH, id=id)).payload("publishArticle")["article"]
    updated = await member_client(UPDATE, id=id, input={"title": "Changed"})
    assert updated.user_errors("updateArticle") == [("WRONG_STATUS", ["id"])]
    assert updated.data["updateArticle"]["article"] == published
    deleted = await member_client(DELETE, id=id)
    assert deleted.user_errors("deleteArticle") == [("WRONG_STATUS", ["id"])]
    assert deleted.data["deleteArticle"] == deleted.data["deleteArticle"] | {"deletedId": None, "article": published}
    changed = (await admin_client(UPDATE, id=id, input={"title": "Changed"}, version=2)).payload("updateArticle")
    assert (changed["article"]["title"], changed["article"]["version"]) == ("Changed", 3)
    assert (await admin_client(DELETE, id=id)).payload("deleteArticle")["deletedId"] == id


async def test_publishing_sets_status_and_time_once(member_client: Client, admin_client: Client) -> None:
    draft = await create_draft(admin_client)
    for document, name, status in ((PUBLISH, "publishArticle", "PUBLISHED"), (UNPUBLISH, "unpublishArticle", "DRAFT")):
        assert (await member_client(document, id=draft["id"])).error_codes == ["FORBIDDEN"]
        article = (await admin_client(document, id=draft["id"])).payload(name)["article"]
        assert (article["status"], article["publishedAt"] is not None) == (status, status == "PUBLISHED")
        again = await admin_client(document, id=draft["id"])
        assert again.user_errors(name) == [("WRONG_STATUS", ["id"])]
        assert again.data[name]["article"] == article
    stale = await admin_client(PUBLISH, id=draft["id"], version=1)
    assert stale.user_errors("publishArticle") == [("CONFLICT", ["expectedVersion"])]


async def test_stale_version_is_conflict_before_status_is_checked(member_client: Client, admin_client: Client) -> None:
    id = (await create_draft(member_client))["id"]
    await admin_client(PUBLISH, id=id)
    response = await member_client(UPDATE, id=id, input={"title": "Changed"}, version=1)
    assert response.user_errors("updateArticle") == [("CONFLICT", ["expectedVersion"])]


async def test_article_of_another_tenant_is_not_found(member_client: Client, app_fixture: AppFixture) -> None:
    id = (await create_draft(member_client))["id"]
    foreign = app_fixture.other_tenant.client(Role.OWNER)
    assert not await is_visible(foreign, id)
    for document, name in ((PUBLISH, "publishArticle"), (UNPUBLISH, "unpublishArticle"), (DELETE, "deleteArticle")):
        assert (await foreign(document, id=id)).user_errors(name) == [("NOT_FOUND", ["id"])]
