"""Superusers list the documents that are registered on the server."""

from functools import partial
from hashlib import sha256
from typing import Any

import pytest

from database.authentication import Credentials
from database.engine import Database
from models.membership import Role
from services.core.persisted_documents import NewDocument, register
from services.core.use_case import run_use_case
from tests.support.app_fixture import AppFixture
from tests.support.client import Client
from tests.support.tenant_documents import PERSISTED_DOCUMENTS

TEXTS = {"zebra": "query Zebra { viewer { email } }", "ape": "{ __typename }", "lion": "query Lion { viewer { id } }"}
"""Registered in this order, which is not that of the ids."""


@pytest.fixture(autouse=True)
async def registered(database: Database) -> None:
    """Register each document in a transaction of its own, so that their times differ."""
    for id, text in TEXTS.items():
        new = [NewDocument(id, text)]
        await run_use_case(database, Credentials(), partial(register, documents=new))


async def load_page(client: Client, **variables: Any) -> dict[str, Any]:
    page: dict[str, Any] = (await client(PERSISTED_DOCUMENTS, **variables)).data["persistedDocuments"]
    return page


def ids_of(page: dict[str, Any]) -> list[str]:
    return [node["documentId"] for node in page["nodes"]]


async def test_documents_are_listed_with_their_texts_newest_first(superuser_client: Client) -> None:
    page = await load_page(superuser_client)
    assert (page["totalCount"], ids_of(page)) == (3, ["lion", "ape", "zebra"])
    assert {node["documentId"]: node["text"] for node in page["nodes"]} == TEXTS
    assert all(node["sha256"] == sha256(node["text"].encode()).hexdigest() for node in page["nodes"])


async def test_cursors_lead_through_the_list_in_both_directions(superuser_client: Client) -> None:
    first = await load_page(superuser_client, first=2)
    assert (ids_of(first), first["pageInfo"]["hasNextPage"]) == (["lion", "ape"], True)
    second = await load_page(superuser_client, first=2, after=first["pageInfo"]["endCursor"])
    assert (ids_of(second), second["pageInfo"]["hasNextPage"]) == (["zebra"], False)
    back = await load_page(superuser_client, last=1, before=second["pageInfo"]["startCursor"])
    assert (ids_of(back), back["pageInfo"]["hasPreviousPage"]) == (["ape"], True)


async def test_documents_are_found_by_words_of_their_text(superuser_client: Client) -> None:
    page = await load_page(superuser_client, where={"text": {"contains": "query zebra"}})
    assert (page["totalCount"], ids_of(page)) == (1, ["zebra"])


async def test_cursor_of_another_list_is_refused(superuser_client: Client) -> None:
    response = await superuser_client(PERSISTED_DOCUMENTS, after="bm90IGEgY3Vyc29y")
    assert response.error_codes == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("role", Role)
async def test_no_role_in_a_tenant_is_sufficient(app_fixture: AppFixture, role: Role) -> None:
    response = await app_fixture.tenant.client(role)(PERSISTED_DOCUMENTS)
    assert response.error_codes == ["FORBIDDEN"]
    assert response.body["data"] == {"persistedDocuments": None}
