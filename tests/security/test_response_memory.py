"""The memory of responses that are being sent is limited."""

from pathlib import Path

from models import Project
from tests.security.overload_helpers import run_server
from tests.support.app_fixture import AppFixture
from tests.support.sample_data import fetch_table

MEBIBYTE = 2**20
DESCRIPTIONS = " ".join(f"d{number}: description" for number in range(50))
"""A project's descriptions have about 95 KB, and a network may have responses of 256 KiB."""
PAYLOAD = " ".join(f"{name}: project {{ {DESCRIPTIONS} }}" for name in "abc")
CREATE = "mutation ($name: String!, $text: String!) { createProject(input: {name: $name, description: $text}) { %s } }"
READ = f"query ($first: Int!) {{ projects(first: $first) {{ nodes {{ {DESCRIPTIONS} }} }} }}"


async def test_responses_beyond_the_memory_are_refused(
    tmp_path: Path, app_fixture: AppFixture, database_url: str
) -> None:
    variables = {"MAX_REQUEST_MEMORY_BYTES": str(MEBIBYTE)}
    async with run_server(tmp_path, app_fixture, database_url, None, **variables) as server:
        client = server.client
        for name in "AB":
            await client(CREATE % "project { id }", name=name, text="x" * 1900)
        performed = await client(CREATE % PAYLOAD, name="C", text="x" * 1900)
        refused = await client(READ, first=3)
        answered = [await client(READ, first=2) for _ in range(3)]
    assert (performed.status, performed.body["data"]) == (200, {"createProject": None})
    (error,) = performed.body["errors"]
    assert (error["path"], error["extensions"]) == (["createProject"], {"code": "COST_EXCEEDED"})
    assert error["message"].startswith("The mutation was performed. Its payload was omitted: The server is overloaded")
    assert {project["name"] for project in await fetch_table(app_fixture.tenant, Project)} == {"A", "B", "C"}
    assert refused.status == 503
    assert refused.body.keys() == {"errors"}
    (error,) = refused.body["errors"]
    assert error["extensions"] == {"code": "UNAVAILABLE", "retryAfter": 1}
    assert "262144 bytes, a quarter of MAX_REQUEST_MEMORY_BYTES" in error["message"]
    assert [len(response.data["projects"]["nodes"]) for response in answered] == [2, 2, 2]
