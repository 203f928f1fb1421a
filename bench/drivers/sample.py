"""What a driver measures."""

from dataclasses import dataclass
from typing import Protocol

from bench.requests import Request


@dataclass(frozen=True)
class Sample:
    """Some seconds of the same request over and over."""

    answers: int
    per_second: float
    p50: float
    p99: float
    """Milliseconds."""
    failures: int
    """Answers that were not 200, and connections that broke."""
    bytes_each: float
    """Bytes an answer, headers included."""


class Driver(Protocol):
    """Sends a request on a number of kept-alive connections, on each the next one when the last one is answered."""

    name: str

    def drive(self, port: int, request: Request, connections: int, seconds: int) -> Sample: ...
