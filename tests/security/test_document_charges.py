"""Parsing and validating a document costs points, so that invalid documents are not free."""

import httpx

from server.app import create_app
from tests.support.app_shutdown import shut_down
from tests.support.client import Client
from tests.support.settings import build_settings


def unknown_fields(number: int) -> str:
    return "{ viewer { " + " ".join(f"f{number}x{index}" for index in range(400)) + " } }"


async def test_invalid_documents_use_up_the_budget_of_the_address(database_url: str) -> None:
    app = create_app(build_settings(database_url, cost_per_second_anonymous=1, cost_burst_anonymous=1000))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://allotment.test") as http:
        client = Client(http)
        codes = [(await client(unknown_fields(number))).error_codes[0] for number in range(6)]
        refused = await client(unknown_fields(6))
    await shut_down(app)
    assert codes[:3] == ["BAD_USER_INPUT"] * 3  # about 300 points each
    assert codes[-1] == "RATE_LIMITED"
    assert refused.status == 429
    assert "COST_PER_SECOND_ANONYMOUS" in refused.body["errors"][0]["message"]


async def test_known_documents_are_not_charged_for_their_length(database_url: str) -> None:
    app = create_app(build_settings(database_url, cost_per_second_anonymous=1, cost_burst_anonymous=1000))
    document = "{ __typename } # " + "x" * 4000
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://allotment.test") as http:
        responses = [await Client(http)(document) for _ in range(50)]
    await shut_down(app)
    assert all(response.data == {"__typename": "Query"} for response in responses)
