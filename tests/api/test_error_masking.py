"""Internal errors: the client receives only a request id, which identifies the log record with the details."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from dataloaders.lists import PageLoader
from dataloaders.rows import RowLoader
from services.core import records
from tests.support import documents
from tests.support.app_fixture import AppFixture
from tests.support.client import Client, GraphQLResponse

SECRET = "the secret of postgresql://user:hunter2@db/allotment"
TASKS_QUERY = "{ viewer { email } tasks { nodes { id } } }"


class UnexpectedError(Exception):
    """An exception that no code handles."""


FAILURES: dict[str, Callable[[], Exception]] = {
    "custom exception": lambda: UnexpectedError(SECRET),
    "programming error": lambda: KeyError(SECRET),
    "database error": lambda: OperationalError(f"SELECT '{SECRET}'", {"password": SECRET}, Exception(SECRET)),
    "exception group": lambda: ExceptionGroup(SECRET, [ValueError(SECRET)]),
}
UNAVAILABLE: dict[str, Callable[[], Exception]] = {
    "no free connection": lambda: PoolTimeout(SECRET),
    "no connection": lambda: ConnectionRefusedError(111, SECRET),
    "timeout": lambda: TimeoutError(SECRET),
}


def raise_failure(failure: Callable[[], Exception]) -> Any:
    """Return an async function that raises this exception."""

    async def fail(*_: Any) -> Any:
        raise failure()

    return fail


def assert_masked(response: GraphQLResponse, path: list[str], message: str, caplog: pytest.LogCaptureFixture) -> None:
    """Fail unless the response contains only the request id, and the log the exception exactly once."""
    request_id = response.headers["X-Request-ID"]
    (error,) = response.body["errors"]
    assert error["message"] == f"{message} Request id: {request_id}."
    assert error["extensions"] == {"code": "INTERNAL", "requestId": request_id}
    assert error["path"] == path
    assert "hunter2" not in str(response.body) + str(response.headers)
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert record.exc_info is not None
    assert SECRET in logging.Formatter().formatException(record.exc_info)
    assert "Traceback" in logging.Formatter().formatException(record.exc_info)


def assert_logged_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert record.exc_info is None
    assert "\n" not in record.getMessage()


@pytest.mark.parametrize("name", FAILURES)
async def test_unexpected_query_failure_is_masked_and_logged_once(
    name: str, member_client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(PageLoader, "fetch_values", raise_failure(FAILURES[name]))
    response = await member_client(TASKS_QUERY)
    assert response.status == 200
    assert response.body["data"] == {"viewer": {"email": "member@here.test"}, "tasks": None}
    assert_masked(response, ["tasks", "nodes"], "An internal error occurred and was logged.", caplog)


async def test_unexpected_mutation_failure_is_masked_and_logged_once(
    member_client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(records, "create", raise_failure(FAILURES["custom exception"]))
    response = await member_client(documents.create("Team"), input={"name": "Diggers"})
    assert response.body["data"] == {"createTeam": None}
    assert_masked(response, ["createTeam"], "An internal error occurred and was logged.", caplog)


@pytest.mark.parametrize("name", UNAVAILABLE)
async def test_unavailable_database_has_its_own_code(
    name: str, member_client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(PageLoader, "fetch_values", raise_failure(UNAVAILABLE[name]))
    response = await member_client(TASKS_QUERY)
    assert response.status == 200  # the other root field succeeded
    assert response.body["data"] == {"viewer": {"email": "member@here.test"}, "tasks": None}
    (error,) = response.body["errors"]
    assert error["message"] == "The database is currently unavailable. Try again later."
    assert error["path"] == ["tasks", "nodes"]
    assert error["extensions"] == {"code": "UNAVAILABLE", "retryAfter": 2}
    assert_logged_in_one_line(caplog)


async def test_failing_sql_is_not_exposed(
    member_client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fetch_invalid_sql(loader: PageLoader, _keys: Any) -> Any:
        return await loader.reader.rows(text("SELECT hunter2 FROM nowhere"))

    monkeypatch.setattr(PageLoader, "fetch_values", fetch_invalid_sql)
    response = await member_client("{ tasks { totalCount nodes { id } } projects { totalCount } }")
    assert response.error_codes == ["INTERNAL"]
    assert response.body["data"] == {"tasks": None, "projects": {"totalCount": 0}}
    assert all(word not in str(response.body) for word in ("hunter2", "nowhere", "SELECT", "sqlalche"))
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert record.exc_info is not None
    assert "hunter2" in logging.Formatter().formatException(record.exc_info)


async def test_client_errors_are_not_logged_as_failures(
    app_fixture: AppFixture, caplog: pytest.LogCaptureFixture
) -> None:
    member_client = app_fixture.tenant.client()
    for client, query in (
        (member_client, "{"),
        (member_client, "{ nothing }"),
        (member_client, "{ tasks(first: 1000) { totalCount } }"),
        (member_client, 'mutation { createTeam(input: {name: ""}) { userErrors { code } } }'),
        (app_fixture.client(), "{ tasks { totalCount } }"),
        (app_fixture.client(app_fixture.tenant.users["MEMBER"]), "{ tasks { totalCount } }"),  # type: ignore[index]
    ):
        await client(query)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_request_id_of_proxy_is_used(
    member_client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(RowLoader, "fetch_values", raise_failure(FAILURES["custom exception"]))
    response = await member_client.with_headers(**{"X-Request-ID": "proxy-7"})(documents.VIEWER)
    assert response.headers["X-Request-ID"] == "proxy-7"
    assert_masked(response, ["viewer"], "An internal error occurred and was logged.", caplog)
