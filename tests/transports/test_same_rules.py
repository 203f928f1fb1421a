"""Limits, budgets, deadlines, persisted documents and permissions hold on every transport, with the same codes."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import pytest
from fastapi import FastAPI

from database.authentication import Credentials
from models import Team
from models.membership import Role
from services.core.persisted_documents import NewDocument, register
from services.core.use_case import run_use_case
from tests.security.test_aborted_batches import slow_reads
from tests.support.app_fixture import AppFixture
from tests.support.configured_app import OpenApp
from tests.transports.transports import TRANSPORTS, Payload, Send

pytestmark = [
    pytest.mark.only("sqlite"),
    pytest.mark.parametrize("send", TRANSPORTS.values(), ids=TRANSPORTS.keys()),
]

ME = "query Me { viewer { email } }"
MY_EMAIL = {"data": {"viewer": {"email": "member@here.test"}}}
MAX_SENT = 30
FOREIGN_HASH = {"persistedQuery": {"version": 1, "sha256Hash": sha256(b"x").hexdigest()}}


@dataclass(frozen=True)
class Rule:
    """A query that is refused, and why."""

    name: str
    payload: Payload
    code: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    caller: str = "member"
    message: str = ""
    """A part of the message."""


def query(document: str, **payload: Any) -> Payload:
    """Return the payload of a request."""
    return {"query": document, **payload}


RULES: tuple[Rule, ...] = (  # the one that uses up the budget is the last
    Rule("cost", query("{ tasks(first: 100) { nodes { id } } }"), "COST_EXCEEDED", {"max_cost_user": 50}),
    Rule(
        "anonymous cost",
        query('{ __type(name: "Task") { name } }'),
        "COST_EXCEEDED",
        {"max_cost_anonymous": 50},
        caller="anonymous",
    ),
    Rule(
        "size of the response",
        query('{ __type(name: "Task") { fields { name description args { name description } } } }'),
        "COST_EXCEEDED",
        {"max_response_bytes": 1024},
        message="MAX_RESPONSE_BYTES",
    ),
    Rule("unregistered document", query("{ __typename }"), "PERSISTED_QUERY_NOT_FOUND", {"persisted": "required"}),
    Rule("unknown id", {"documentId": "none"}, "PERSISTED_QUERY_NOT_FOUND", {"persisted": "required"}),
    Rule("unknown hash", {"extensions": FOREIGN_HASH}, "PERSISTED_QUERY_NOT_FOUND"),
    Rule("no ids", {"documentId": "me"}, "PERSISTED_QUERY_NOT_SUPPORTED", {"persisted": "off"}),
    Rule("introspection", query("{ __schema { queryType { name } } }"), "BAD_USER_INPUT", {"introspection": False}),
    Rule(
        "depth",
        query("{ tasks { nodes { project { id } } } }"),
        "BAD_USER_INPUT",
        {"max_query_depth": 3},
        message="MAX_QUERY_DEPTH",
    ),
    Rule("root fields", query("{ a: __typename b: __typename }"), "BAD_USER_INPUT", {"max_root_fields": 1}),
    Rule("aliases", query("{ viewer { a: email b: email } }"), "BAD_USER_INPUT", {"max_aliases": 1}),
    Rule(
        "operations",
        query("query A { __typename } query B { __typename }", operationName="A"),
        "BAD_USER_INPUT",
        {"max_operations": 1},
    ),
    Rule("tokens", query("{" + " __typename" * 4001 + " }"), "BAD_USER_INPUT"),
    Rule("syntax", query("{"), "BAD_USER_INPUT"),
    Rule("unknown field", query("{ unknown }"), "BAD_USER_INPUT"),
    Rule("missing variable", query("query ($id: ID!) { task(id: $id) { id } }"), "BAD_USER_INPUT"),
    Rule(
        "list of values",
        query("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", variables={"ids": ["x"] * 1001}),
        "BAD_USER_INPUT",
    ),
    Rule(
        "variable in a filter",
        query("query ($t: String) { tasks(where: {title: {eq: $t}}) { nodes { id } } }"),
        "BAD_USER_INPUT",
    ),
    Rule("unknown operation", query(ME, operationName="Other"), "BAD_USER_INPUT"),
    Rule("page size", query("{ tasks(first: 101) { nodes { id } } }"), "BAD_USER_INPUT"),
    Rule("anonymous", query(ME), "UNAUTHENTICATED", caller="anonymous"),
    Rule("role", query("{ apiKeys { nodes { id } } }"), "FORBIDDEN"),
    Rule("other tenant", query("{ tasks { nodes { id } } }"), "FORBIDDEN", caller="outsider"),
    Rule(
        "budget",
        query("{ a: tasks { totalCount } b: tasks { totalCount } c: tasks { totalCount } }"),
        "RATE_LIMITED",
        {"max_cost_user": 60, "max_cost_api_key": 60, "cost_burst_principal": 90, "cost_per_second_principal": 1},
        message="COST_PER_SECOND_PRINCIPAL",
    ),
)


def headers_of(app_fixture: AppFixture, caller: str) -> Mapping[str, str]:
    """Return the headers of a member of the tenant, of a user of another one, or of an anonymous client."""
    users = {"member": app_fixture.tenant.users[Role.MEMBER], "outsider": app_fixture.other_tenant.users[Role.OWNER]}
    return app_fixture.client(users.get(caller), "here").headers


def codes(result: Any) -> list[str]:
    """Return the codes of the errors of a result."""
    return [error["extensions"]["code"] for error in result.get("errors", ())]


async def send_until_refused(app: FastAPI, send: Send, headers: Mapping[str, str], rule: Rule) -> Any:
    """Send the query of a rule, again while it is within a budget, and return the result of the one that is refused."""
    for _ in range(MAX_SENT):
        result = await send(app, headers, rule.payload)
        if codes(result):
            return result
    raise AssertionError(f"The query is not refused: {result}")


async def test_rules_hold(send: Send, open_app: OpenApp, app_fixture: AppFixture) -> None:
    for rule in RULES:
        headers = headers_of(app_fixture, rule.caller)
        async with open_app(**rule.settings) as app:
            result = await send_until_refused(app, send, headers, rule)
        assert set(codes(result)) == {rule.code}, rule.name
        assert rule.message in result["errors"][0]["message"], rule.name
        assert not any((result.get("data") or {}).values()), rule.name


async def test_valid_query_is_executed(send: Send, open_app: OpenApp, app_fixture: AppFixture) -> None:
    async with open_app() as app:
        assert await send(app, headers_of(app_fixture, "member"), query(ME)) == MY_EMAIL


async def test_registered_document_is_executed_if_others_are_refused(
    send: Send, open_app: OpenApp, app_fixture: AppFixture
) -> None:
    documents = [NewDocument("me", ME)]
    await run_use_case(app_fixture.database, Credentials(), lambda work: register(work, documents))
    headers = headers_of(app_fixture, "member")
    async with open_app(persisted="required") as app:
        for payload in ({"documentId": "me"}, query(ME)):
            assert await send(app, headers, payload) == MY_EMAIL


async def test_deadline(send: Send, open_app: OpenApp, app_fixture: AppFixture, database_url: str) -> None:
    await app_fixture.tenant.create(Team)
    headers = headers_of(app_fixture, "member")
    async with open_app(request_timeout=0.3) as app:
        async with slow_reads(database_url, None):
            result = await send(app, headers, query("{ teams { nodes { id } } }"))
        assert codes(result) == ["ABORTED"]
        assert "REQUEST_TIMEOUT" in result["errors"][0]["message"]
        assert await send(app, headers, query(ME)) == MY_EMAIL


async def test_status_in_the_access_log(
    send: Send, open_app: OpenApp, app_fixture: AppFixture, caplog: pytest.LogCaptureFixture
) -> None:
    rules = {rule.name: rule for rule in RULES}
    headers = {**headers_of(app_fixture, "member"), "Accept": "application/graphql-response+json"}
    for name, status in (("cost", "400"), ("budget", "429")):
        async with open_app(**rules[name].settings) as app:
            await send_until_refused(app, send, headers, rules[name])
            caplog.clear()
            with caplog.at_level(logging.INFO, "allotment.access"):
                await send(app, headers, rules[name].payload)
        lines = [record.getMessage() for record in caplog.records if record.name == "allotment.access"]
        assert lines[0].split()[2] == status, lines
