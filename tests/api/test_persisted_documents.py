"""Documents that are sent by their ids: registered ones, and Apollo's automatic persisted queries."""

import asyncio
import json
from hashlib import sha256
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from database.authentication import Credentials
from database.engine import Database
from models import Team
from resolvers.context import Context
from server.config.settings import Settings
from server.graphql import persisted_documents
from server.graphql.cost_charge import charge_buckets
from services.core.cost.budgets import Charge, ChargedBuckets
from services.core.persisted_documents import NewDocument, RegistrationResult, register, remove
from services.core.use_case import run_use_case
from tests.support.app_fixture import AppFixture
from tests.support.app_shutdown import shut_down
from tests.support.client import Client, GraphQLResponse
from tests.support.sample_data import fetch_table
from tests.support.settings import build_settings

MODES = pytest.mark.parametrize("mode", ["allowed", "required"])
QUERY = "query Me { viewer { email } }"
HASH = sha256(QUERY.encode()).hexdigest()
RESPONSE = {"data": {"viewer": {"email": "member@here.test"}}}
CREATE = 'mutation { createTeam(input: {name: "Team A"}) { team { name } } }'
NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"


@pytest.fixture
def mode() -> str:
    """The mode of the server, unless the test has others as parameters."""
    return "allowed"


@pytest.fixture
def settings(database_url: str, mode: str) -> Settings:
    """Settings with this mode."""
    return build_settings(database_url, persisted=mode)


async def register_documents(database: Database, **texts: str) -> None:
    """Register documents by their ids."""
    new = [NewDocument(id, text) for id, text in texts.items()]
    result = await run_use_case(database, Credentials(), lambda work: register(work, new))
    assert result.conflicting == []


def automatic(hash: str, **extra: Any) -> dict[str, Any]:
    """Return the body of an automatic persisted query."""
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash}}, **extra}


def assert_error(response: GraphQLResponse, code: str, message: str) -> None:
    (error,) = response.body["errors"]
    assert (error["extensions"]["code"], "data" in response.body) == (code, False)
    assert message in error["message"]


# Registered documents


@MODES
async def test_registered_document_is_executed_by_its_id_or_hash(member_client: Client, database: Database) -> None:
    await register_documents(database, me=QUERY)
    for id in ("me", HASH, f"sha256:{HASH}"):
        assert (await member_client.post({"documentId": id})).body == RESPONSE


@MODES
async def test_operation_name_and_variables_belong_to_the_request(member_client: Client, database: Database) -> None:
    await register_documents(
        database, two="query A { __typename } query B($n: Boolean!) { viewer { id @skip(if: $n) } }"
    )
    body = {"documentId": "two", "operationName": "B", "variables": {"n": True}}
    assert (await member_client.post(body)).body == {"data": {"viewer": {}}}


@MODES
async def test_queries_but_no_mutations_are_executed_by_get(
    app_fixture: AppFixture, member_client: Client, database: Database
) -> None:
    await register_documents(database, me=QUERY, create=CREATE)
    statuses = {}
    for id in ("me", "create"):
        response = await app_fixture.http.get("/graphql", params={"documentId": id}, headers=member_client.headers)
        statuses[id] = response.status_code
    assert statuses == {"me": 200, "create": 405}
    assert await fetch_table(app_fixture.tenant, Team) == []


@MODES
async def test_unknown_ids_are_not_found(member_client: Client) -> None:
    for id in ("me", "1' OR '1'='1", "é" * 128, f"sha256:{'0' * 64}"):
        assert_error(await member_client.post({"documentId": id}), NOT_FOUND, f"No document with the id {id} is")


async def test_removed_document_is_not_found_when_the_cached_text_expires(
    member_client: Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(persisted_documents, "FOUND_SECONDS", 0)
    await register_documents(database, me=QUERY)
    assert (await member_client.post({"documentId": "me"})).body == RESPONSE
    assert await run_use_case(database, Credentials(), lambda work: remove(work, ["me"])) == ["me"]
    assert_error(await member_client.post({"documentId": "me"}), NOT_FOUND, "No document")


async def test_document_that_is_registered_later_is_found_when_its_absence_expires(
    member_client: Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(persisted_documents, "MISSING_SECONDS", 0)
    assert_error(await member_client.post({"documentId": "me"}), NOT_FOUND, "No document")
    await register_documents(database, me=QUERY)
    assert (await member_client.post({"documentId": "me"})).body == RESPONSE


async def test_registering_changes_no_text(database: Database) -> None:
    await register_documents(database, me=QUERY, other="{ __typename }")
    new = [NewDocument("me", QUERY), NewDocument("other", QUERY), NewDocument("third", QUERY)]
    result = await run_use_case(database, Credentials(), lambda work: register(work, new))
    assert (result.added, result.conflicting) == (["third"], ["other"])


async def test_two_at_once_register_each_document_once(database: Database) -> None:
    new = [NewDocument(f"document {number}", QUERY) for number in range(500)]

    async def register_all() -> RegistrationResult:
        return await run_use_case(database, Credentials(), lambda work: register(work, new))

    results = await asyncio.gather(register_all(), register_all())
    assert sorted(len(result.added) for result in results) == [0, 500]
    assert [result.conflicting for result in results] == [[], []]


# Automatic persisted queries


async def test_automatic_query_is_sent_by_its_hash_after_the_first_time(member_client: Client) -> None:
    first = await member_client.post(automatic(HASH))
    assert_error(first, NOT_FOUND, "PersistedQueryNotFound")
    assert first.body["errors"][0]["message"] == "PersistedQueryNotFound"
    assert (await member_client.post(automatic(HASH, query=QUERY))).body == RESPONSE
    assert (await member_client.post(automatic(HASH))).body == RESPONSE


@MODES
async def test_registered_document_is_found_by_an_automatic_query(member_client: Client, database: Database) -> None:
    await register_documents(database, me=QUERY)
    assert (await member_client.post(automatic(HASH))).body == RESPONSE


async def test_automatic_queries_are_accepted_by_get(app_fixture: AppFixture, member_client: Client) -> None:
    extensions = json.dumps(automatic(HASH)["extensions"])
    for parameters in ({"query": QUERY, "extensions": extensions}, {"extensions": extensions}):
        response = await app_fixture.http.get("/graphql", params=parameters, headers=member_client.headers)
        assert response.json() == RESPONSE


async def test_repeated_mutation_by_its_hash_is_replayed(app_fixture: AppFixture, member_client: Client) -> None:
    client = member_client.with_headers(**{"Idempotency-Key": "k"})
    hash = sha256(CREATE.encode()).hexdigest()
    bodies = [(await client.post(automatic(hash, **extra))).body for extra in ({}, {"query": CREATE}, {})]
    assert [list(body) for body in bodies] == [["errors"], ["data"], ["data"]]
    assert len(await fetch_table(app_fixture.tenant, Team)) == 1


async def test_query_with_the_hash_of_another_one_is_refused(member_client: Client) -> None:
    response = await member_client.post(automatic(HASH, query="{ __typename }"))
    assert_error(response, "BAD_USER_INPUT", "`sha256Hash` is not the SHA-256 of `query`.")
    assert_error(await member_client.post(automatic(HASH)), NOT_FOUND, "PersistedQueryNotFound")


MALFORMED: list[tuple[dict[str, Any], str]] = [
    ({"documentId": 1}, "`documentId` must be a string"),
    ({"documentId": ""}, "`documentId` must have 1 to 128 printable characters"),
    ({"documentId": "a" * 129}, "`documentId` must have 1 to 128 printable characters"),
    ({"documentId": "a\nb"}, "`documentId` must have 1 to 128 printable characters"),
    ({"documentId": "a", "query": QUERY}, "Send `query` or `documentId`, not both."),
    ({"extensions": {"persistedQuery": None}}, "must be an object with `version: 1`"),
    ({"extensions": {"persistedQuery": {"version": 2, "sha256Hash": HASH}}}, "must be an object with `version: 1`"),
    ({"extensions": {"persistedQuery": {"version": 1}}}, "must be a SHA-256"),
    ({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": HASH.upper()}}}, "must be a SHA-256"),
    ({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": [HASH]}}}, "must be a SHA-256"),
    ({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": HASH}}, "query": 5}, "`query` must contain"),
]


@pytest.mark.only("sqlite")
@pytest.mark.parametrize(("body", "message"), MALFORMED)
async def test_malformed_references_are_refused(member_client: Client, body: dict[str, Any], message: str) -> None:
    response = await member_client.post(body)
    assert response.status == 400
    assert_error(response, "BAD_USER_INPUT", message)


async def test_invalid_and_long_queries_are_not_stored(member_client: Client) -> None:
    for text in ("{ unknown }", "{", f"{QUERY} # {'x' * 70_000}"):
        hash = sha256(text.encode()).hexdigest()
        await member_client.post(automatic(hash, query=text))
        assert_error(await member_client.post(automatic(hash)), NOT_FOUND, "PersistedQueryNotFound")


# Modes


@pytest.mark.parametrize("mode", ["required"])
async def test_only_registered_documents_are_executed_if_required(
    app_fixture: AppFixture, member_client: Client, database: Database
) -> None:
    await register_documents(database, me=QUERY)
    assert (await member_client.post({"query": QUERY})).body == RESPONSE  # the text of a registered document
    introspection = "{ __schema { queryType { name } } }"
    for body in (
        {"query": f"{QUERY} "},
        {"query": CREATE},
        {"query": introspection},
        automatic(sha256(CREATE.encode()).hexdigest(), query=CREATE),
    ):
        assert_error(await member_client.post(body), NOT_FOUND, "Only registered documents are executed")
    assert await fetch_table(app_fixture.tenant, Team) == []


@pytest.mark.parametrize("mode", ["off"])
async def test_ids_are_refused_if_they_are_turned_off(member_client: Client, database: Database) -> None:
    await register_documents(database, me=QUERY)
    code = "PERSISTED_QUERY_NOT_SUPPORTED"
    assert_error(await member_client.post({"documentId": "me"}), code, "cannot be sent by their ids (PERSISTED=off)")
    assert_error(await member_client.post(automatic(HASH)), code, "PersistedQueryNotSupported")
    assert (await member_client.post(automatic(HASH, query=QUERY))).body == RESPONSE
    assert_error(await member_client.post(automatic(HASH)), code, "PersistedQueryNotSupported")


# Cost, tenancy and start


async def test_lookup_is_charged_once(
    member_client: Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    charged: list[int] = []

    async def record(context: Context, buckets: ChargedBuckets, points: int) -> Charge:
        charged.append(points)
        return await charge_buckets(context, buckets, points)

    monkeypatch.setattr("server.graphql.persisted_documents.charge_buckets", record)
    await register_documents(database, me=QUERY)
    for _ in range(3):
        assert (await member_client.post({"documentId": "me"})).body == RESPONSE
    assert charged == [persisted_documents.LOOKUP_POINTS]


async def test_document_shows_each_tenant_its_own_rows(app_fixture: AppFixture, database: Database) -> None:
    await register_documents(database, teams="{ teams { nodes { name } } }")
    await app_fixture.tenant.create(Team, name="Here")
    bodies = [
        (await tenant.client().post({"documentId": "teams"})).data["teams"]["nodes"]
        for tenant in (app_fixture.tenant, app_fixture.other_tenant)
    ]
    assert bodies == [[{"name": "Here"}], []]


async def test_documents_are_prepared_at_the_start(
    app: FastAPI, http: httpx.AsyncClient, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    await register_documents(database, me=QUERY, old="{ fieldOfAnOlderSchema }", broken="{")
    caplog.set_level("INFO", "allotment.graphql")
    async with app.router.lifespan_context(app):
        pass
    assert any(message.startswith("Prepared 3 persisted documents in") for message in caplog.messages)
    assert "2 persisted documents are not valid for this schema." in caplog.messages
    await shut_down(app)


async def test_newest_documents_are_prepared_last_so_that_the_caches_keep_them(database: Database) -> None:
    prepared: list[str] = []
    await register_documents(database, old="{ a: __typename }")
    await register_documents(database, new="{ b: __typename }")

    def prepare(text: str) -> bool:
        prepared.append(text)
        return True

    await persisted_documents.prepare_registered(database, prepare)
    assert prepared == ["{ a: __typename }", "{ b: __typename }"]


async def test_browsers_get_the_result_of_a_document_and_not_the_console(
    app_fixture: AppFixture, member_client: Client, database: Database
) -> None:
    await register_documents(database, me=QUERY)
    headers = {**member_client.headers, "Accept": "text/html,*/*"}
    for parameters in ({"documentId": "me"}, {"extensions": json.dumps(automatic(HASH)["extensions"])}):
        response = await app_fixture.http.get("/graphql", params=parameters, headers=headers)
        assert response.json() == RESPONSE
