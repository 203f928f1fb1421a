"""Failures of ours: the client learns no more than a request id, by which the log tells the rest."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from dataloaders.lists import Listed
from dataloaders.rows import Rows
from services import team
from tests.support import documents
from tests.support.client import Answer, Client
from tests.support.world import World

SECRET = "the secret of postgresql://user:hunter2@db/allotment"
LIST = "{ viewer { email } tasks { nodes { id } } }"


class Unforeseen(Exception):
    """What nobody foresaw."""


FAILURES: dict[str, Callable[[], Exception]] = {
    "an exception of ours": lambda: Unforeseen(SECRET),
    "a programming error": lambda: KeyError(SECRET),
    "a database error": lambda: OperationalError(f"SELECT '{SECRET}'", {"password": SECRET}, Exception(SECRET)),
    "an exception group": lambda: ExceptionGroup(SECRET, [ValueError(SECRET)]),
}
BUSY: dict[str, Callable[[], Exception]] = {
    "no free connection": lambda: PoolTimeout(SECRET),
    "no connection": lambda: ConnectionRefusedError(111, SECRET),
    "no answer": lambda: TimeoutError(SECRET),
}


def failing(failure: Callable[[], Exception]) -> Any:
    """Something that fails in this way."""

    async def fail(*_: Any) -> Any:
        raise failure()

    return fail


def assert_masked(answer: Answer, path: list[str], apology: str, caplog: pytest.LogCaptureFixture) -> None:
    """Fails unless the client was told the request id and nothing else, and the log everything once."""
    request_id = answer.headers["X-Request-ID"]
    (error,) = answer.body["errors"]
    assert error["message"] == f"{apology} Request id: {request_id}."
    assert error["extensions"] == {"code": "INTERNAL", "requestId": request_id}
    assert error["path"] == path
    assert "hunter2" not in str(answer.body) + str(answer.headers)
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert record.exc_info is not None
    assert SECRET in logging.Formatter().formatException(record.exc_info)
    assert "Traceback" in logging.Formatter().formatException(record.exc_info)


@pytest.mark.parametrize("name", FAILURES)
async def test_an_unexpected_failure_in_a_query_is_masked_and_logged_once(
    name: str, member: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Listed, "fetch", failing(FAILURES[name]))
    answer = await member(LIST)
    assert answer.status == 200
    assert answer.body["data"] == {"viewer": {"email": "member@here.test"}, "tasks": None}
    assert_masked(answer, ["tasks", "nodes"], "Something went wrong on our side; it has been logged.", caplog)


async def test_an_unexpected_failure_in_a_mutation_is_masked_and_logged_once(
    member: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(team, "create_team", failing(FAILURES["an exception of ours"]))
    answer = await member(documents.create("Team"), input={"name": "Diggers"})
    assert answer.body["data"] == {"createTeam": None}
    assert_masked(answer, ["createTeam"], "Something went wrong on our side; it has been logged.", caplog)


@pytest.mark.parametrize("name", BUSY)
async def test_a_database_out_of_reach_is_told_from_a_mistake(
    name: str, member: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Listed, "fetch", failing(BUSY[name]))
    apology = "The database cannot be reached at the moment; try again."
    assert_masked(await member(LIST), ["tasks", "nodes"], apology, caplog)


async def test_bad_sql_shows_nothing_of_itself(
    member: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def ask(loader: Listed, _keys: Any) -> Any:
        return await loader.reader.rows(text("SELECT hunter2 FROM nowhere"))

    monkeypatch.setattr(Listed, "fetch", ask)
    answer = await member("{ tasks { totalCount nodes { id } } projects { totalCount } }")
    assert answer.codes == ["INTERNAL"]
    assert answer.body["data"] == {"tasks": None, "projects": {"totalCount": 0}}
    assert all(word not in str(answer.body) for word in ("hunter2", "nowhere", "SELECT", "sqlalche"))
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert record.exc_info is not None
    assert "hunter2" in logging.Formatter().formatException(record.exc_info)


async def test_what_clients_do_wrong_is_not_logged_as_our_failure(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    member = world.here.client()
    for client, query in (
        (member, "{"),
        (member, "{ nothing }"),
        (member, "{ tasks(first: 1000) { totalCount } }"),
        (member, 'mutation { createTeam(input: {name: ""}) { userErrors { code } } }'),
        (world.client(), "{ tasks { totalCount } }"),
        (world.client(world.here.users["MEMBER"]), "{ tasks { totalCount } }"),  # type: ignore[index]
    ):
        await client(query)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_the_id_a_proxy_gave_is_the_one_that_is_told(
    member: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Rows, "fetch", failing(FAILURES["an exception of ours"]))
    answer = await member.with_headers(**{"X-Request-ID": "proxy-7"})(documents.VIEWER)
    assert answer.headers["X-Request-ID"] == "proxy-7"
    assert_masked(answer, ["viewer"], "Something went wrong on our side; it has been logged.", caplog)
