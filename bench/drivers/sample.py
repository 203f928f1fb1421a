"""The result of a driver, and the interface of drivers."""

from dataclasses import dataclass
from typing import Protocol

from bench.requests import Request


@dataclass(frozen=True)
class Sample:
    """The measurement of one request, sent repeatedly for some seconds."""

    responses: int
    per_second: float
    p50: float
    p99: float
    """Milliseconds, like p50."""
    failures: int
    """Responses with another status than 200, and broken connections."""
    bytes_per_response: float
    """Bytes per response, including headers."""


class Driver(Protocol):
    """Sends a request repeatedly on a number of keep-alive connections, one request at a time on each."""

    name: str

    def drive(self, port: int, request: Request, connections: int, seconds: int) -> Sample: ...
