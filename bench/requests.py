"""One request, as bytes that any driver can send."""

import http.client
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

HOST = "127.0.0.1"
PATIENCE = 30


@dataclass(frozen=True)
class Request:
    """A POST of JSON."""

    path: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, path: str, body: Any, headers: Mapping[str, str]) -> "Request":
        """With this value as its body."""
        fixed = {"content-type": "application/json", "accept": "application/json"}
        return cls(path, orjson.dumps(body), {**fixed, **headers})


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: bytes
    size: int = 0
    """Bytes on the wire, headers included."""

    @property
    def data(self) -> Any:
        """The data of an answer that must be without errors; Refused otherwise."""
        problem = self.problem
        if problem is not None:
            raise Refused(problem)
        return orjson.loads(self.body)["data"]

    @property
    def problem(self) -> str | None:
        """What is wrong with it, in short."""
        said = self.body[:300].decode(errors="replace")
        try:
            content = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return f"HTTP {self.status}: {said}"
        fine = self.status == http.HTTPStatus.OK and not content.get("errors") and content.get("data") is not None
        return None if fine else f"HTTP {self.status}: {said}"


class Refused(Exception):
    """A contender did not answer an operation as it should."""


def send(port: int, request: Request) -> Answer:
    """Send it once."""
    connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE)
    try:
        connection.request("POST", request.path, request.body, dict(request.headers))
        response = connection.getresponse()
        body = response.read()
        return Answer(response.status, body, _head_size(response) + len(body))
    finally:
        connection.close()


def _head_size(response: http.client.HTTPResponse) -> int:
    lines = [f"HTTP/1.1 {response.status} {response.reason}", *(f"{k}: {v}" for k, v in response.getheaders()), ""]
    return sum(len(line) + len("\r\n") for line in lines)
