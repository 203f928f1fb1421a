"""Cost budgets over a real socket: headers, refusals, refunds, and budgets that processes share."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from server.seed.demo_users import PASSWORD
from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.slow

LOGIN = "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }"
CHEAP = {"query": "{ tasks(first: 50) { nodes { id } } }"}
CHEAP_COST = 52
LIMITS = {
    "MAX_COST_USER": "600",
    "MAX_COST_API_KEY": "600",
    "COST_PER_SECOND_PRINCIPAL": "10",
    "COST_BURST_PRINCIPAL": "600",
    "COST_PER_SECOND_TENANT": "1000",
    "COST_BURST_TENANT": "100000",
}
MAX_REQUESTS = 200
MAX_ATTEMPTS = 20


@pytest.fixture(scope="module")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of two processes that share small budgets."""
    folder = tmp_path_factory.mktemp("budgets")
    database_url = f"sqlite:///{folder / 'budgets.db'}"
    with ServerProcess(folder, database_url, "--demo", WORKERS="2", **LIMITS) as server:
        yield server.url


@contextmanager
def sign_in(server_url: str, name: str, tenant: str = "demo") -> Iterator[httpx.Client]:
    """Yield a client of a demo user. It opens a connection for each request, so that both processes serve it."""
    limits = httpx.Limits(max_keepalive_connections=0)
    with httpx.Client(base_url=server_url, timeout=60, headers={"X-Tenant": tenant}, limits=limits) as client:
        variables = {"input": {"email": f"{name}@demo.test", "password": PASSWORD}}
        body = client.post("/graphql", json={"query": LOGIN, "variables": variables}).json()
        client.headers["Authorization"] = f"Bearer {body['data']['login']['accessToken']}"
        yield client


def remaining(response: httpx.Response) -> dict[str, int]:
    """Return the remaining points in the header, by bucket."""
    return {name: int(points) for name, points in re.findall(r'"([a-z-]+)";r=(\d+)', response.headers["RateLimit"])}


def send_until_refused(client: httpx.Client, body: Any) -> tuple[int, httpx.Response]:
    """Return the number of executed requests, and the first response of another status."""
    for count in range(MAX_REQUESTS):
        response = client.post("/graphql", json=body)
        if response.status_code != 200:
            return count, response
    raise AssertionError("No request was refused.")


def test_operations_beyond_the_budget_are_refused(server_url: str) -> None:
    with sign_in(server_url, "member") as member, sign_in(server_url, "admin") as admin:
        started = time.monotonic()
        count, refused = send_until_refused(member, {"query": "{ tasks(first: 50) { totalCount nodes { id } } }"})
        restored = 10 * (time.monotonic() - started + 2)
        assert refused.status_code == 429
        (error,) = refused.json()["errors"]
        assert refused.json().keys() == {"errors"}
        assert error["extensions"]["code"] == "RATE_LIMITED"
        retry_after = int(refused.headers["Retry-After"])
        assert retry_after == error["extensions"]["retryAfter"] >= 1
        assert "the user" in error["message"]
        assert "COST_PER_SECOND_PRINCIPAL" in error["message"]
        assert remaining(refused)["user"] < CHEAP_COST + 10
        assert 1 <= count * 12 <= 600 + restored  # the operation, its connection and the count, and tasks that exist
        assert admin.post("/graphql", json=CHEAP).status_code == 200
        time.sleep(retry_after)
        for _ in range(MAX_ATTEMPTS):  # the other process may hold a part of the points for some seconds
            if (status := member.post("/graphql", json=CHEAP).status_code) == 200:
                break
            time.sleep(1)
        assert status == 200


def test_policies_and_unused_points(server_url: str) -> None:
    with sign_in(server_url, "owner") as owner:
        response = owner.post("/graphql", json=CHEAP, headers={"X-GraphQL-Cost": "include"})
    assert response.headers["RateLimit-Policy"] == ('"tenant";q=100000;qu="points";w=100,"user";q=600;qu="points";w=60')
    count = len(response.json()["data"]["tasks"]["nodes"])
    cost = response.json()["extensions"]["cost"]
    assert (cost["requested"], cost["actual"]) == (CHEAP_COST, 2 + count)
    assert 600 - 2 * CHEAP_COST <= cost["remaining"] <= 600
    assert 600 - 2 * CHEAP_COST <= min(remaining(response).values()) <= 600  # may be a moment older


def test_cost_is_included_on_demand_only(server_url: str) -> None:
    with sign_in(server_url, "owner") as owner:
        assert "extensions" not in owner.post("/graphql", json=CHEAP).json()
        too_expensive = {"query": "{ tasks(first: 100) { nodes { workers(first: 100) { nodes { id } } } } }"}
        refused = owner.post("/graphql", json=too_expensive, headers={"X-GraphQL-Cost": "include"})
    assert refused.json()["extensions"]["cost"] == {"requested": 10_202, "actual": 0, "remaining": None}


def test_foreign_tenant_is_not_charged(server_url: str) -> None:
    with sign_in(server_url, "owner", tenant="no-such-tenant") as owner:
        response = owner.post("/graphql", json=CHEAP)
    assert response.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert remaining(response).keys() == {"user"}


def test_invalid_credentials_are_charged_to_the_address(server_url: str) -> None:
    for token in ("allot_" + "x" * 40, "not-a-token"):
        with httpx.Client(base_url=server_url, headers={"Authorization": f"Bearer {token}"}) as client:
            response = client.post("/graphql", json=CHEAP)
        assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert remaining(response).keys() == {"address"}
