"""A mutation whose response is too large is reported as performed."""

from pathlib import Path

import pytest

from models import Project
from tests.security.overload_helpers import run_server
from tests.server.raw_client import GRAPHQL_JSON, JSON
from tests.support.app_fixture import AppFixture
from tests.support.sample_data import fetch_table

pytestmark = pytest.mark.slow

FIELD = '%s: createProject(input: {name: "%s", description: $text}) { project { id description } }'
CREATE_TWO = f"mutation ($text: String!) {{ {FIELD % ('a', 'A')} {FIELD % ('b', 'B')} }}"
CREATE_ONE = f"mutation ($text: String!) {{ {FIELD % ('c', 'C')} }}"


async def test_too_large_response_of_mutations_says_that_they_were_performed(
    tmp_path: Path, app_fixture: AppFixture, database_url: str
) -> None:
    async with run_server(tmp_path, app_fixture, database_url, None, MAX_RESPONSE_BYTES="1024") as server:
        headers = server.client.headers
        for query, media_type, names in (
            (CREATE_TWO, GRAPHQL_JSON, ["a", "b"]),
            (CREATE_ONE, JSON, ["c"]),
            (CREATE_ONE, JSON, ["c"]),  # a replay
        ):
            body = {"query": query, "variables": {"text": "x" * (1500 // len(names))}}
            response = await server.http.post(
                "/graphql", json=body, headers=headers | {"Accept": media_type, "Idempotency-Key": f"key-{names[0]}"}
            )
            assert response.status_code == 200
            assert response.json()["data"] == dict.fromkeys(names)
            errors = response.json()["errors"]
            assert [error["path"] for error in errors] == [[name] for name in names]
            for error in errors:
                assert error["extensions"] == {"code": "COST_EXCEEDED"}
                assert "more than 1,024 bytes, the limit MAX_RESPONSE_BYTES" in error["message"]
                assert "was performed" in error["message"]
    projects = await fetch_table(app_fixture.tenant, Project)
    assert sorted(project["name"] for project in projects) == ["A", "B", "C"]
