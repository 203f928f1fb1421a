"""What one worker changes applies in the others at the next request, and limits hold for all workers together."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psutil
import pytest

from server.config.settings import Settings
from services.people.rate_limit import LOGIN_AT_ACCOUNT
from tests.support.app_fixture import AppFixture
from tests.support.server_process import ServerProcess
from tests.support.settings import SECRET_KEY

TIMEOUT_SECONDS = 120
MAX_CONNECTIONS = 200
REQUESTS = 200
CREATE = 'mutation { createTask(input: {title: "Once"}) { task { id } userErrors { code } } }'
COUNT = '{ tasks(where: {title: {eq: "Once"}}) { totalCount } }'
LOGIN = """mutation { login(input: {email: "unknown@example.com", password: "a wrong password"}) {
  accessToken userErrors { code } } }"""


class WorkerConnection:
    """A keep-alive connection to one worker."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._connection = HTTPConnection(str(address.hostname), address.port, timeout=TIMEOUT_SECONDS)
        self.headers: dict[str, str] = {}

    @property
    def local_port(self) -> int:
        port: int = self._connection.sock.getsockname()[1]
        return port

    def close(self) -> None:
        self._connection.close()

    def get(self, path: str) -> int:
        self._connection.request("GET", path)
        response = self._connection.getresponse()
        response.read()
        return response.status

    def post(self, query: str, **headers: str) -> tuple[Any, Any]:
        """Return the body and the headers of the response."""
        fixed = {"Content-Type": "application/json", **self.headers}
        self._connection.request("POST", "/graphql", json.dumps({"query": query}), {**fixed, **headers})
        response = self._connection.getresponse()
        return json.loads(response.read()), response.headers


def connect_to_each_worker(server: ServerProcess, stack: ExitStack) -> list[WorkerConnection]:
    """Open connections until there is one to each of two workers."""
    found: dict[int, WorkerConnection] = {}
    workers = [each for each in psutil.Process(server.pid).children() if "spawn_main" in " ".join(each.cmdline())]
    for _ in range(MAX_CONNECTIONS):
        connection = WorkerConnection(server.url)
        stack.callback(connection.close)
        assert connection.get("/health") == 200
        for worker in workers:
            ports = {each.raddr.port for each in worker.net_connections("tcp") if each.raddr}
            if connection.local_port in ports:
                found[worker.pid] = connection
        if len(found) == len(workers) == 2:
            return list(found.values())
    raise AssertionError("one worker accepts all connections")


@pytest.mark.slow
@pytest.mark.only("postgresql")
def test_workers_share_state(app_fixture: AppFixture, settings: Settings, tmp_path: Path) -> None:
    url = settings.database_url.get_secret_value()
    variables = {"ALLOTMENT_ENV": "test", "SECRET_KEY": SECRET_KEY, "WORKERS": "2", "LOG_FORMAT": "json"}
    with ServerProcess(tmp_path, url, **variables) as server, ExitStack() as stack:
        first, second = connect_to_each_worker(server, stack)
        first.headers = second.headers = dict(app_fixture.tenant.client().headers)
        check_idempotency_keys(first, second)
        check_rate_limits(first, second)
        ids = send_concurrently([first, second])
        check_revoked_session(first, second)
    check_log(server.output, ids)


def check_idempotency_keys(*workers: WorkerConnection) -> None:
    """Check that two workers perform the mutation of a key once, although both receive it at the same time."""
    headers = {"Idempotency-Key": str(uuid4())}
    with ThreadPoolExecutor() as pool:
        responses = list(pool.map(lambda worker: worker.post(CREATE, **headers), workers))
    tasks = [body["data"]["createTask"]["task"]["id"] for body, _ in responses]
    assert tasks[0] == tasks[1]
    assert sorted(str(headers["Idempotency-Replayed"]) for _, headers in responses) == ["None", "true"]
    assert workers[0].post(COUNT)[0]["data"]["tasks"]["totalCount"] == 1


def check_rate_limits(*workers: WorkerConnection) -> None:
    """Check that the attempts at both workers together are limited."""
    bodies = [workers[number % 2].post(LOGIN, Authorization="")[0] for number in range(LOGIN_AT_ACCOUNT.burst + 2)]
    is_limited = ["RATE_LIMITED" in json.dumps(body) for body in bodies]
    assert is_limited == [False] * LOGIN_AT_ACCOUNT.burst + [True] * 2


def send_concurrently(workers: list[WorkerConnection]) -> set[str]:
    """Send many requests to all workers at once, and return their request ids."""
    with ThreadPoolExecutor() as pool:
        lists = pool.map(lambda worker: [worker.post(COUNT)[1]["X-Request-ID"] for _ in range(REQUESTS)], workers)
        ids = [id for ids in lists for id in ids]
    assert len(set(ids)) == len(ids) == REQUESTS * len(workers)
    return set(ids)


def check_revoked_session(first: WorkerConnection, second: WorkerConnection) -> None:
    """Check that a session that ends in one worker ends in the other, which has cached its principal."""
    assert "errors" not in second.post(COUNT)[0]
    assert "errors" not in first.post("mutation { logout { userErrors { code } } }")[0]
    (error,) = second.post(COUNT)[0]["errors"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"


def check_log(output: str, ids: set[str]) -> None:
    """Check that each line is one record, and that each request has one."""
    lines = [line for line in output.splitlines() if line.startswith("{")]
    records = [json.loads(line) for line in lines]
    logged = [record["request_id"] for record in records if record["logger"] == "allotment.access"]
    assert ids <= set(logged)
    assert not re.search(r'[^\n]\{"time"', output)
