"""`allotment usage`."""

import asyncio
import datetime

import pytest

from database.engine import Database
from models.base import utc_now
from server.app import load_graphql_schema
from server.monitoring.usage_store import Client, UsageCounts, UsedDocument, add_usage
from tests.support.command_line import CommandRunner, command_runner

HASH = "a" * 64


@pytest.fixture
def allotment(database_url: str) -> CommandRunner:
    """The command line on the database."""
    return command_runner(database_url)


@pytest.fixture
async def usage(database: Database) -> None:
    """Usage of yesterday and of 60 days ago."""
    recent, old = UsageCounts(), UsageCounts()
    document = UsedDocument(HASH, "Teams")
    recent.add(Client("web", "1.2"), document, frozenset({"Query.teams", "Team.name", "Removed.field"}), 5)
    recent.add(Client("mobile", ""), document, frozenset({"Query.teams"}), 1)
    old.add(Client("web", "1.1"), UsedDocument("b" * 64, ""), frozenset({"Team.createdAt"}), 7)
    today = utc_now().date()
    async with database.write_engine.begin() as connection:
        await add_usage(connection, old, today - datetime.timedelta(days=60))
        await add_usage(connection, recent, today - datetime.timedelta(days=1))


async def run(allotment: CommandRunner, *arguments: str) -> list[str]:
    """Return the lines of the report."""
    result = await asyncio.to_thread(allotment, "usage", *arguments)
    assert result.exit_code == 0, result.output
    return [line.strip() for line in result.output.splitlines()]


@pytest.mark.usefixtures("usage")
async def test_clients_are_listed(allotment: CommandRunner) -> None:
    yesterday = utc_now().date() - datetime.timedelta(days=1)
    lines = await run(allotment)
    assert lines[0].startswith("Usage since ")
    assert lines[1:3] == [f"mobile: 1 request, last on {yesterday}", f"web 1.2: 5 requests, last on {yesterday}"]
    assert lines[3].startswith("2 of ")


@pytest.mark.usefixtures("usage")
async def test_unused_fields_depend_on_the_period(allotment: CommandRunner) -> None:
    lines = await run(allotment, "--unused")
    assert "Team.createdAt" in lines
    assert "Team.name" not in lines
    lines = await run(allotment, "--unused", "--since", "90d")
    assert "Team.createdAt" not in lines
    assert "but nothing is recorded from before" in lines[0]


@pytest.mark.usefixtures("usage")
async def test_deprecated_fields_are_listed_with_their_use(
    allotment: CommandRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = load_graphql_schema().type_map["Team"].fields  # type: ignore[attr-defined]
    monkeypatch.setattr(fields["name"], "deprecation_reason", "Use `title`. It will be removed on 2027-06-30.")
    monkeypatch.setattr(fields["createdAt"], "deprecation_reason", "Use `text`. It will be removed on 2027-06-30.")
    lines = await run(allotment)
    assert "Team.name: 5 requests  (Use `title`. It will be removed on 2027-06-30.)" in lines
    assert "Team.createdAt: no use  (Use `text`. It will be removed on 2027-06-30.)" in lines
    unused = await run(allotment, "--unused")
    assert unused[1].startswith("Deprecated and not used")
    assert unused[2].startswith("Team.createdAt")


@pytest.mark.usefixtures("usage")
async def test_clients_and_documents_of_a_field_are_listed(allotment: CommandRunner) -> None:
    lines = await run(allotment, "--field", "Query.teams")
    assert lines[1] == "Query.teams: 6 requests"
    assert [line.split()[0] for line in lines if line.startswith(HASH)] == [HASH, HASH]
    only_web = await run(allotment, "--field", "Query.teams", "--client", "web")
    assert only_web[1] == "Query.teams: 5 requests"
    assert len([line for line in only_web if line.startswith(HASH)]) == 1
    assert (await run(allotment, "--field", "Task.title"))[1] == "Task.title: no use"


@pytest.mark.usefixtures("usage")
async def test_fields_of_a_client_are_listed(allotment: CommandRunner) -> None:
    lines = await run(allotment, "--client", "web")
    assert "Team.name  5 requests" in lines
    assert "Removed.field  5 requests  no longer in the schema" in lines
    assert "The client has used no field." in await run(allotment, "--client", "nothing")


def test_empty_record_is_not_mistaken_for_no_use(allotment: CommandRunner) -> None:
    result = allotment("usage", "--unused")
    assert result.output.startswith("Nothing is recorded. Set RECORD_USAGE=true")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--since", "soon"), "write a number of days"),
        (("--since", "2026-02-30"), "write a number of days"),
        (("--unused", "--client", "web"), "works without --field and --client"),
        (("--field", "Team"), "The schema has no Team."),
        (("--field", "Team.nothing"), "The schema has no Team.nothing."),
    ],
)
@pytest.mark.only("sqlite")
def test_wrong_options_are_refused(allotment: CommandRunner, arguments: tuple[str, ...], message: str) -> None:
    result = allotment("usage", *arguments)
    assert result.exit_code != 0
    assert message in " ".join(result.output.split())
