"""The driver that uses wrk, with one thread, which leaves most of the processor time to the server."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import orjson

from bench.drivers.sample import Sample
from bench.requests import HOST, Request

_REPORT = """
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    '\\n{"requests":%d,"microseconds":%d,"bytes":%d,"p50":%d,"p99":%d,"failures":%d}\\n',
    summary.requests, summary.duration, summary.bytes, latency:percentile(50), latency:percentile(99),
    e.connect + e.read + e.write + e.status + e.timeout))
end
"""


class WrkDriver:
    """Sends the requests with the program wrk."""

    name = "wrk"

    def __init__(self, program: str) -> None:
        self._program = program

    def drive(self, port: int, request: Request, connections: int, seconds: int) -> Sample:
        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder) / "request.lua"
            script.write_text(_script(request))
            completed = subprocess.run(
                [self._program, "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", str(script),
                 f"http://{HOST}:{port}{request.path}"],
                capture_output=True, text=True, check=True,
            )  # fmt: skip
        return _parse_sample(completed.stdout)


def find_wrk() -> str | None:
    """Return the path of wrk. If it is missing, install it with apt when running as root."""
    if (program := shutil.which("wrk")) is None and os.geteuid() == 0 and shutil.which("apt-get"):
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-qq", "--yes", "wrk"]):
            subprocess.run(command, env=environment, check=False, capture_output=True)
        program = shutil.which("wrk")
    return program


def _script(request: Request) -> str:
    headers = "".join(f"wrk.headers[ {_quoted(name)} ] = {_quoted(value)}\n" for name, value in request.headers.items())
    return f'wrk.method = "POST"\nwrk.body = {_quoted(request.body.decode())}\n{headers}{_REPORT}'


def _quoted(text: str) -> str:
    """Return a Lua string in long brackets, which need no escaping except for a newline at the start."""
    return f"[======[{text}]======]"


def _parse_sample(output: str) -> Sample:
    report = orjson.loads(output.strip().splitlines()[-1])
    return Sample(
        responses=report["requests"],
        per_second=report["requests"] / report["microseconds"] * 1_000_000,
        p50=report["p50"] / 1000,
        p99=report["p99"] / 1000,
        failures=report["failures"],
        bytes_per_response=report["bytes"] / max(report["requests"], 1),
    )
