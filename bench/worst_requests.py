"""Measures the most expensive requests that the limits permit, and those that they refuse, one after the other.

    python -m bench.worst_requests [--short]

It starts its own PostgreSQL server, and the server of this checkout with one process and without cost budgets. For each
request it prints the response, its time, how much the memory of the server grew at most, and how long `{ __typename }`
of another client took meanwhile. That client is a process of its own, so that large responses do not delay it.
"""

import asyncio
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import IO, cast

import httpx
import orjson

from bench.requests import HOST
from server.seed.tenant_rows import DatasetSize
from tests.harness.cluster import Cluster
from tests.security.test_document_cache import unknown_fields, valid_document
from tests.security.test_document_limits import EXPENSIVE
from tests.support.large_dataset import TIMEOUT_SECONDS, LargeServer, insert_large_dataset, run_large_server
from tests.support.large_operations import LARGEST
from tests.support.server_process import build_command, build_environment

DATABASE = "worst_requests"
FULL = DatasetSize(tenants=1, teams=10, projects=100, workers=100, tasks=10_000)
SHORT = DatasetSize(tenants=1, teams=2, projects=4, workers=20, tasks=400)
REPETITIONS, SECONDS = 3, 5.0
"""A request is repeated so many times, unless that takes longer."""
PAUSE_SECONDS = 0.003
"""Between the requests of the other client."""
KIBIBYTE, MEBIBYTE = 2**10, 2**20
_OTHER_CLIENT = "--other-client"
_TASKS = "tasks(first: 100) { nodes { id project { %s } } }"
DOCUMENTS = {
    **LARGEST,
    "four nested lists of 100": f"{{ {_TASKS % (_TASKS % (_TASKS % (_TASKS % 'id')))} }}",
    "fragments that spread each other": EXPENSIVE["fragments spread three times"],
    "3,200 unknown fields": unknown_fields(1),
    "450 fields": valid_document(1),
}
_LISTS = f'{{"query": "{{ __typename }}", "x": [{"[]," * 310_000}1]'
BODIES = {
    "body of 930 KB with an escaped colon": _LISTS + r', "y": "\u003a"}',
    "the same with a repeated key": _LISTS + r', "y": "\u003a", "y": 1}',
    "body of 2 MiB": '"' + "x" * 2 * MEBIBYTE + '"',
    **{name: orjson.dumps({"query": document}).decode() for name, document in DOCUMENTS.items()},
}


def measure(server: LargeServer, name: str, send: "Sender") -> str:
    """Send the request a few times, and return a line with the figures."""
    pid = server.process.pid
    Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")  # resets the peak of the memory
    before = _memory(pid, "VmRSS")
    times: list[float] = []
    with other_client(server) as waits:
        until = time.perf_counter() + SECONDS
        while len(times) < REPETITIONS and time.perf_counter() < until:
            started_at = time.perf_counter()
            answer = send(server)
            times.append(time.perf_counter() - started_at)
    growth = (_memory(pid, "VmHWM") - before) / MEBIBYTE
    others = f"{median(waits) * 1000:7.1f} ms {max(waits) * 1000:7.1f} ms"
    return f"{name:<38} {answer:<34} {median(times) * 1000:8.0f} ms {growth:6.0f} MiB {others}"


class Sender:
    """Sends a request, and describes the response."""

    def __init__(self, body: str = '{"query": "{ __typename }"}', url: str = "/graphql", **headers: str) -> None:
        self._body = body.encode()
        self._url = url
        self._headers = {"content-type": "application/json", **headers}

    def __call__(self, server: LargeServer) -> str:
        try:
            response = server.http.post(self._url, content=self._body, headers=self._headers)
        except httpx.TransportError:
            return "connection closed"
        size = f"{len(response.content) / KIBIBYTE:,.1f} KiB"
        return f"{response.status_code} {_error_code(response)} {size}".replace("  ", " ")


def _error_code(response: httpx.Response) -> str:
    """Return the code of the first error."""
    if not response.headers.get("content-type", "").startswith("application/"):
        return ""
    errors = orjson.loads(response.content).get("errors", [])
    return str(errors[0].get("extensions", {}).get("code", "")) if errors else ""


@contextmanager
def other_client(server: LargeServer) -> Iterator[list[float]]:
    """Send `{ __typename }` from another process inside the block. The list contains the times after the block."""
    command = [sys.executable, "-m", "bench.worst_requests", _OTHER_CLIENT, str(httpx.URL(server.process.url).port)]
    times: list[float] = []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        stdin, output = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
        output.readline()  # it has begun
        yield times
        stdin.close()
        times += orjson.loads(output.read())


def run_other_client(port: int) -> None:
    """Send requests until the standard input ends, and print their times."""
    times: list[float] = []
    end = threading.Thread(target=sys.stdin.read)
    end.start()
    with httpx.Client(base_url=f"http://{HOST}:{port}", timeout=TIMEOUT_SECONDS) as http:
        while end.is_alive():
            started_at = time.perf_counter()
            http.post("/graphql", json={"query": "{ __typename }"}).raise_for_status()
            times.append(time.perf_counter() - started_at)
            if len(times) == 1:
                print("begun", flush=True)
            time.sleep(PAUSE_SECONDS)
    sys.stdout.write(orjson.dumps(times).decode())


def _memory(pid: int, name: str) -> int:
    """Return a figure of /proc/PID/status in bytes: VmRSS, or VmHWM, its peak."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) * KIBIBYTE


def main(*, short: bool) -> None:
    """Start the servers, and measure each request."""
    senders = {name: Sender(body) for name, body in BODIES.items()}
    senders["URL of 60 KB"] = Sender(url="/graphql?" + "x" * 60_000)
    senders["header of 50 MiB"] = Sender(x="x" * 50 * MEBIBYTE)
    with Cluster(0) as cluster, tempfile.TemporaryDirectory() as folder:
        cluster.execute(f"CREATE DATABASE {DATABASE} OWNER allotment")
        url = cluster.dsn(database=DATABASE)
        migrate(url)
        asyncio.run(insert_large_dataset(url, SHORT if short else FULL))
        with run_large_server(Path(folder), url) as server:
            print(f"{'request':<38} {'response':<34} {'time':>11} {'memory':>10} {'others: median':>10} {'max':>10}")
            for name, send in senders.items():
                print(measure(server, name, send), flush=True)


def migrate(url: str) -> None:
    """Create the tables."""
    subprocess.run(build_command("migrate"), env=build_environment(url), check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    if _OTHER_CLIENT in sys.argv:
        run_other_client(int(sys.argv[-1]))
    else:
        main(short="--short" in sys.argv)
