"""Operations whose nested pages could return too many objects are refused before they are executed."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from server.seed.demo_users import PASSWORD

pytestmark = pytest.mark.slow

GRAPHQL_JSON = "application/graphql-response+json"
LOGIN = "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }"


def error_codes(response: httpx.Response) -> list[str]:
    return [error["extensions"]["code"] for error in response.json().get("errors", ())]


def nested_pages(*sizes: Any) -> str:
    """Return a selection of tasks whose projects have tasks, and so on, with these page sizes."""
    *outer, innermost = sizes
    selection = f"tasks(first: {innermost}) {{ nodes {{ id }} }}"
    for size in reversed(outer):
        selection = f"tasks(first: {size}) {{ nodes {{ project {{ {selection} }} }} }}"
    return selection


@pytest.fixture(scope="module")
def member(demo_server: str) -> Iterator[httpx.Client]:
    """A member of the demo tenant."""
    with httpx.Client(base_url=demo_server, timeout=60, headers={"X-Tenant": "demo"}) as client:
        variables = {"input": {"email": "member@demo.test", "password": PASSWORD}}
        token = client.post("/graphql", json={"query": LOGIN, "variables": variables}).json()["data"]["login"]
        client.headers["Authorization"] = f"Bearer {token['accessToken']}"
        yield client


def test_four_nested_lists_are_refused(member: httpx.Client) -> None:
    body = {"query": f"{{ {nested_pages(100, 100, 100, 100)} }}"}
    response = member.post("/graphql", json=body, headers={"Accept": GRAPHQL_JSON})
    assert response.status_code == 400
    (error,) = response.json()["errors"]
    assert response.json().keys() == {"errors"}
    assert error["extensions"] == {"code": "COST_EXCEEDED", "requested": 103_030_302, "limit": 250_000}
    assert error["message"] == (
        "The operation can cost up to 103,030,302 points; at most 250,000 are allowed (MAX_COST_USER). "
        "Request smaller pages with `first` or `last`, or fewer nested lists."
    )


def test_page_sizes_in_variables_count(member: httpx.Client) -> None:
    query = f"query ($first: Int) {{ {nested_pages('$first', '$first', '$first')} }}"
    for size, codes in ((100, ["COST_EXCEEDED"]), (20, []), (None, [])):
        response = member.post("/graphql", json={"query": query, "variables": {"first": size}})
        assert error_codes(response) == codes


def test_page_of_100_by_100_by_10_is_allowed(member: httpx.Client) -> None:
    response = member.post("/graphql", json={"query": f"{{ {nested_pages(100, 100, 10)} }}"})
    assert error_codes(response) == []


def test_mutation_is_refused_before_it_writes(member: httpx.Client) -> None:
    count = "{ teams { totalCount } }"
    before = member.post("/graphql", json={"query": count}).json()
    workers = f"workers(first: 100) {{ nodes {{ {nested_pages(100, 100)} }} }}"
    mutation = f'mutation {{ createTeam(input: {{name: "Too large"}}) {{ team {{ {workers} }} }} }}'
    assert error_codes(member.post("/graphql", json={"query": mutation})) == ["COST_EXCEEDED"]
    assert member.post("/graphql", json={"query": count}).json() == before


def test_anonymous_clients_have_a_lower_limit(demo_server: str) -> None:
    user = "user { orders(first: 100) { nodes { items(first: 100) { nodes { quantity } } } } }"
    query = f'mutation {{ login(input: {{email: "member@demo.test", password: "wrong"}}) {{ {user} }} }}'
    with httpx.Client(base_url=demo_server) as client:
        (error,) = client.post("/graphql", json={"query": query}).json()["errors"]
    assert error["extensions"] == {"code": "COST_EXCEEDED", "requested": 10_214, "limit": 1_000}
    assert "at most 1,000 are allowed (MAX_COST_ANONYMOUS)" in error["message"]


def test_anonymous_clients_must_sign_in_for_any_cost(demo_server: str) -> None:
    with httpx.Client(base_url=demo_server) as client:
        response = client.post("/graphql", json={"query": f"{{ {nested_pages(100, 100, 100)} }}"})
    assert error_codes(response) == ["UNAUTHENTICATED"]


def test_fields_after_a_login_count(demo_server: str) -> None:
    later = f't: updateTask(id: "x", input: {{}}) {{ task {{ project {{ {nested_pages(100, 100, 100)} }} }} }}'
    variables = {"input": {"email": "member@demo.test", "password": PASSWORD}}
    query = f"mutation ($input: LoginInput!) {{ login(input: $input) {{ accessToken }} {later} }}"
    with httpx.Client(base_url=demo_server, timeout=60, headers={"X-Tenant": "demo"}) as client:
        response = client.post("/graphql", json={"query": query, "variables": variables})
        assert error_codes(response) == ["COST_EXCEEDED"]
        response = client.post("/graphql", json={"query": f"mutation {{ {later} }}"})
        assert error_codes(response) == ["UNAUTHENTICATED"]


def test_invalid_api_key_does_not_raise_the_limit(demo_server: str) -> None:
    query = "{ " + " ".join(f"a{number}: __schema {{ types {{ name }} }}" for number in range(3)) + " }"
    for headers in ({"Authorization": "Bearer allot_invalid"}, {}):
        with httpx.Client(base_url=demo_server, headers=headers) as client:
            response = client.post("/graphql", json={"query": query})
        (error,) = response.json()["errors"]
        assert error["extensions"] == {"code": "COST_EXCEEDED", "requested": 1501, "limit": 1000}
