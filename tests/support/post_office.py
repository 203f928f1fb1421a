"""A mail server that keeps what it is handed."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

_TOKEN = re.compile(r"#token=(\S+)")
CREDENTIALS = ("post", "a password for the post")


class PostOffice:
    """The letters that came, in order."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.port = 0

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        letter = message_from_bytes(content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        return "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        """The letters to somebody."""
        return [letter for letter in self.letters if letter["To"] == address]

    def token(self, address: str) -> str:
        """What stood in the link of the last letter to somebody."""
        found = _TOKEN.search(self.to(address)[-1].get_content())
        assert found, "a letter without a link"
        return found.group(1)


def _authenticate(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login.decode(), data.password.decode()) == CREDENTIALS
    return AuthResult(success=right, handled=right)


@asynccontextmanager
async def opened() -> AsyncIterator[PostOffice]:
    """A post office, as long as it is open."""
    office, served = PostOffice(), []

    def serve() -> SMTP:
        served.append(SMTP(office, authenticator=_authenticate, auth_require_tls=False))
        return served[-1]

    server = await asyncio.get_running_loop().create_server(serve, "127.0.0.1", 0)
    office.port = server.sockets[0].getsockname()[1]
    try:
        yield office
    finally:
        server.close()
        for each in served:
            if each.transport is not None:
                each.transport.close()
        await asyncio.sleep(0)
