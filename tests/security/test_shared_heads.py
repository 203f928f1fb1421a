"""Requests of one connection are executed with their own headers, also if those of an earlier one were nearly equal."""

import json
from typing import Any

import httpx
import pytest

from server.seed.demo_users import PASSWORD
from tests.support import documents
from tests.support.raw_connection import RawConnection, request

pytestmark = pytest.mark.slow

VIEWER = "{ viewer { email } }"


def sign_in(url: str, email: str) -> str:
    """Return the Authorization header of a user."""
    body = {"query": documents.LOGIN, "variables": {"input": {"email": email, "password": PASSWORD}}}
    answer = httpx.post(f"{url}/graphql", json=body).json()
    return f"Authorization: Bearer {answer['data']['login']['accessToken']}"


def viewer_request(*headers: str, padding: int = 0) -> bytes:
    """Build a request for the signed-in user. Its body is longer by the padding."""
    body = json.dumps({"query": VIEWER + " " * padding}).encode()
    return request("/graphql", "Content-Type: application/json", *headers, method="POST", body=body)


@pytest.mark.only("sqlite")
def test_each_request_has_its_own_credentials(demo_server: str) -> None:
    emails = ["owner@demo.test", "member@demo.test"]
    owner, member = (sign_in(demo_server, email) for email in emails)
    requests = [
        *(viewer_request(owner, "X-Tenant: demo", padding=padding) for padding in (0, 0, 50, 3)),
        *(viewer_request(each, "X-Tenant: demo") for each in (member, owner, member)),
        viewer_request("X-Tenant: demo"),
    ]
    with RawConnection(demo_server) as connection:
        answers = [_answer(connection, each) for each in requests]
        for each in requests:  # pipelined: a head is parsed while an earlier request is executed
            connection.send(each)
        pipelined = [connection.response().body for _ in requests]
    assert [answer["data"]["viewer"]["email"] for answer in answers[:-1]] == [
        *[emails[0]] * 4,
        *(emails[1], emails[0], emails[1]),
    ]
    assert answers[-1]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert pipelined == answers


def _answer(connection: RawConnection, data: bytes) -> Any:
    connection.send(data)
    return connection.response().body
