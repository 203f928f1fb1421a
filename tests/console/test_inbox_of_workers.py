"""The inbox of a server with several processes, over a socket."""

import time
from pathlib import Path

import httpx
import pytest

from server.console.inbox import INBOX_PATH
from tests.support.server_process import ServerProcess

pytestmark = [pytest.mark.slow, pytest.mark.only("sqlite")]

REGISTER = """
mutation ($input: RegisterInput!) { register(input: $input) { user { id } userErrors { code field message } } }
"""
USERS = 6
DEADLINE_SECONDS = 60


def register(url: str, number: int) -> None:
    """Register a user over a connection of its own, so that any process may answer."""
    values = {"email": f"user{number}@example.com", "fullName": "Dev Eloper", "password": "Quite-unusual-77!"}
    answer = httpx.post(f"{url}/graphql", json={"query": REGISTER, "variables": {"input": values}}, timeout=60).json()
    assert answer["data"]["register"]["userErrors"] == []


def test_every_process_shows_the_emails_of_all_and_links_lead_to_the_server(database_url: str, tmp_path: Path) -> None:
    with ServerProcess(tmp_path, database_url, "--workers", "2") as server:
        for number in range(USERS):
            register(server.url, number)
        deadline = time.monotonic() + DEADLINE_SECONDS
        emails: list[dict[str, str]] = []
        while len(emails) < USERS and time.monotonic() < deadline:  # they are sent after the response
            emails = httpx.get(f"{server.url}{INBOX_PATH}").json()["emails"]
        answers = [httpx.get(f"{server.url}{INBOX_PATH}").json()["emails"] for _ in range(8)]
        page = httpx.get(f"{server.url}/verify-email")
    assert {email["to"] for email in emails} == {f"user{number}@example.com" for number in range(USERS)}
    assert all(answer == emails for answer in answers)
    assert all(f"{server.url}/verify-email#token=" in email["text"] for email in emails)
    assert page.headers["content-type"].startswith("text/html")
