"""An OpenID Connect issuer that the tests run: it serves its keys, and signs ID tokens."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.support.issuer_keys import CLIENT_ID, SigningKey, ec_key, valid_claims
from tests.support.issuer_sign_in import BrowserSignIn
from tests.webhooks.receiver import Answer

CONFIGURATION = "/.well-known/openid-configuration"
FIRST_KEY = ec_key("first")


@dataclass
class IssuerServer:
    """The issuer. Tests replace its keys, and its answers by path."""

    keys: list[SigningKey] = field(default_factory=lambda: [FIRST_KEY])
    answers: dict[str, Answer] = field(default_factory=dict)
    requested: list[str] = field(default_factory=list)
    """The paths of all requests."""
    port: int = 0
    sign_in: BrowserSignIn = field(default_factory=BrowserSignIn)

    @property
    def url(self) -> str:
        """The issuer's URL, as in its tokens."""
        return f"http://127.0.0.1:{self.port}"

    def setting(self, **values: Any) -> str:
        """Return OIDC_ISSUERS with this issuer."""
        return json.dumps([{"issuer": self.url, "audience": CLIENT_ID, "algorithms": ["ES256", "RS256"]} | values])

    def token(self, subject: str = "subject-1", email: str | None = None, **values: Any) -> str:
        """Return a valid ID token, signed with the first key."""
        return self.keys[0].sign(valid_claims(self.url, subject, email, **values))

    def answer(self, target: str, body: str = "") -> Answer:
        """Return the answer to a request."""
        path, _, query = target.partition("?")
        if path in self.answers:
            return self.answers[path]
        if path == CONFIGURATION:
            endpoints = {"authorization_endpoint": f"{self.url}/authorize", "token_endpoint": f"{self.url}/token"}
            return Answer(200, json.dumps({"issuer": self.url, "jwks_uri": f"{self.url}/keys"} | endpoints).encode())
        if path == "/authorize":
            return self.sign_in.authorize(query, self.url)
        if path == "/token":
            return self.sign_in.exchange(body, self.token)
        return Answer(200, json.dumps({"keys": [key.public for key in self.keys]}).encode())

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of a connection."""
        try:
            while (request := await read_request(reader)) is not None:
                self.requested.append(request[0])
                answer = self.answer(*request)
                await asyncio.sleep(answer.delay)
                writer.write(answer.encode())
                await writer.drain()
                if answer.raw is not None:
                    return
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


async def read_request(reader: asyncio.StreamReader) -> tuple[str, str] | None:
    """Return the target and the body of the next request; None at the end of the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    body = await reader.readexactly(int(length[1])) if length else b""
    return head.split(b" ")[1].decode(), body.decode()


@asynccontextmanager
async def open_issuer() -> AsyncIterator[IssuerServer]:
    """Start an issuer on a free port of this machine."""
    issuer = IssuerServer()
    server = await asyncio.start_server(issuer.handle, "127.0.0.1", 0)
    issuer.port = server.sockets[0].getsockname()[1]
    try:
        yield issuer
    finally:
        server.close()
