"""HTTP requests as bytes that any driver can send."""

import http.client
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

HOST = "127.0.0.1"
TIMEOUT_SECONDS = 30


@dataclass(frozen=True)
class Request:
    """A POST request with a JSON body."""

    path: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def json_post(cls, path: str, body: Any, headers: Mapping[str, str]) -> "Request":
        """Return a request with the value as its JSON body."""
        fixed = {"content-type": "application/json", "accept": "application/json"}
        return cls(path, orjson.dumps(body), {**fixed, **headers})


@dataclass(frozen=True)
class Response:
    """An HTTP response."""

    status: int
    body: bytes
    size: int = 0
    """Bytes on the wire, including headers."""

    @property
    def data(self) -> Any:
        """The GraphQL data. Raises ResponseError if the response has errors."""
        error = self.error
        if error is not None:
            raise ResponseError(error)
        return orjson.loads(self.body)["data"]

    @property
    def error(self) -> str | None:
        """A short description of the error; None if the response is successful."""
        description = f"HTTP {self.status}: {self.body[:300].decode(errors='replace')}"
        try:
            content = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return description
        is_ok = self.status == http.HTTPStatus.OK and not content.get("errors") and content.get("data") is not None
        return None if is_ok else description


class ResponseError(Exception):
    """A contender's response to an operation has errors."""


def send_request(port: int, request: Request) -> Response:
    """Send the request on a new connection, and return the response."""
    connection = http.client.HTTPConnection(HOST, port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("POST", request.path, request.body, dict(request.headers))
        response = connection.getresponse()
        body = response.read()
        return Response(response.status, body, _head_size(response) + len(body))
    finally:
        connection.close()


def _head_size(response: http.client.HTTPResponse) -> int:
    lines = [f"HTTP/1.1 {response.status} {response.reason}", *(f"{k}: {v}" for k, v in response.getheaders()), ""]
    return sum(len(line) + len("\r\n") for line in lines)
