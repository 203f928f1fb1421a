"""A server's memory does not grow with the number of distinct documents, valid or not, that clients send."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest

from tests.security.test_document_cache import unknown_fields, valid_document
from tests.support.server_process import ServerProcess

MAX_GROWTH = 50 * 2**20
CONNECTIONS = 4
WARM_UP = 10
TASK_FIELDS = ("description", "status", "priority", "dueDate", "createdAt", "updatedAt", "version")
ORDERS = ("TITLE", "CREATED_AT", "PRIORITY", "DUE_DATE")
LOGIN = """mutation {
  login(input: {email: "member@demo.test", password: "Allotment-demo-1!"}) { accessToken }
}"""
Documents = Callable[[int], str]


def page(number: int) -> str:
    """Return a query of pages with a page size, filter, order and projection that no other query has."""
    fields = " ".join(name for index, name in enumerate(TASK_FIELDS) if number >> index & 1)
    conditions = ", ".join(f'{{project: {{name: {{ne: "n{number}"}}}}}}' for _ in range(number % 5))
    where = f'title: {{ne: "t{number}"}}, and: [{conditions}]'
    order = f"field: {ORDERS[number % 4]}, direction: {('ASC', 'DESC')[number // 4 % 2]}"
    return f"""{{ tasks(first: {number % 100}, where: {{{where}}}, orderBy: [{{{order}}}]) {{
        totalCount nodes {{ id {fields} workers(first: {number % 90}) {{ nodes {{ name }} }} }} }} }}"""


ANONYMOUS: list[tuple[int, Documents]] = [
    (8200, lambda number: f"{{ a{number}: __typename }}"),
    (700, lambda number: valid_document(number, aliases=1)),
    (100, valid_document),
    (50, unknown_fields),
    (250, lambda number: valid_document(number) + "}"),
]
SIGNED_IN: list[tuple[int, Documents]] = [(500, page), (200, lambda number: valid_document(number, aliases=9))]


class KeepAliveClients:
    """Connections to a server, which send requests at the same time."""

    def __init__(self, url: str, **headers: str) -> None:
        address = urlsplit(url).netloc
        self._connections = [HTTPConnection(address, timeout=120) for _ in range(CONNECTIONS)]
        self._headers = {"Content-Type": "application/json", **headers}

    def close(self) -> None:
        for connection in self._connections:
            connection.close()

    def post(self, document: str, connection: int = 0) -> Any:
        http = self._connections[connection]
        http.request("POST", "/graphql", json.dumps({"query": document}), self._headers)
        return json.loads(http.getresponse().read())

    def send(self, documents: Documents, numbers: range) -> None:
        """Send the documents of these numbers, spread over the connections."""
        with ThreadPoolExecutor(CONNECTIONS) as threads:
            list(threads.map(self._send_share, [documents] * CONNECTIONS, [numbers] * CONNECTIONS, range(CONNECTIONS)))

    def _send_share(self, documents: Documents, numbers: range, connection: int) -> None:
        for number in numbers[connection::CONNECTIONS]:
            assert set(self.post(documents(number), connection)) <= {"data", "errors"}


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Iterator[ServerProcess]:
    """A server with the demo data."""
    with ServerProcess(tmp_path, database_url, "--demo") as process:
        yield process


@pytest.fixture
def anonymous(server: ServerProcess) -> Iterator[KeepAliveClients]:
    with closing(KeepAliveClients(server.url)) as clients:
        yield clients


@pytest.fixture
def signed_in(server: ServerProcess, anonymous: KeepAliveClients) -> Iterator[KeepAliveClients]:
    token = anonymous.post(LOGIN)["data"]["login"]["accessToken"]
    with closing(KeepAliveClients(server.url, **{"Authorization": f"Bearer {token}", "X-Tenant": "demo"})) as clients:
        assert "errors" not in clients.post(page(1))
        yield clients


@pytest.mark.parametrize("divisor", [pytest.param(5, marks=pytest.mark.slow), pytest.param(1, marks=pytest.mark.long)])
def test_memory_is_bounded(
    server: ServerProcess, anonymous: KeepAliveClients, signed_in: KeepAliveClients, engine_name: str, divisor: int
) -> None:
    """10,000 documents on SQLite, or a part of them; on PostgreSQL those that use the database."""
    batches = [(signed_in, *batch) for batch in SIGNED_IN]
    if engine_name == "sqlite":
        batches += [(anonymous, *batch) for batch in ANONYMOUS]
        assert sum(count for _, count, _ in batches) == 10_000
    for clients, _, documents in batches:
        clients.send(documents, range(10**6, 10**6 + WARM_UP))
    memory = psutil.Process(server.pid).memory_info
    initial = memory().rss
    for clients, count, documents in batches:
        clients.send(documents, range(count // divisor))
        growth = memory().rss - initial
        assert growth <= MAX_GROWTH, f"{growth / 2**20:.0f} MiB"
