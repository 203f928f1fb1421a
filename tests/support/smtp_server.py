"""An SMTP server that stores the emails it receives."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

_LINK_TOKEN = re.compile(r"#token=(\S+)")
CREDENTIALS = ("smtp-user", "a password of the SMTP user")


class SmtpServer:
    """The received emails, in order of arrival."""

    def __init__(self) -> None:
        self.emails: list[EmailMessage] = []
        self.port = 0

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        email = message_from_bytes(content, policy=policy.default)
        assert isinstance(email, EmailMessage)
        self.emails.append(email)
        return "250 OK"

    def emails_to(self, address: str) -> list[EmailMessage]:
        """Return the emails to an address."""
        return [email for email in self.emails if email["To"] == address]

    def link_token(self, address: str) -> str:
        """Return the token in the link of the newest email to an address."""
        match = _LINK_TOKEN.search(self.emails_to(address)[-1].get_content())
        assert match, "an email without a link"
        return match.group(1)


def _authenticate(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
    is_valid = isinstance(data, LoginPassword) and (data.login.decode(), data.password.decode()) == CREDENTIALS
    return AuthResult(success=is_valid, handled=is_valid)


@asynccontextmanager
async def run_smtp_server() -> AsyncIterator[SmtpServer]:
    """Run an SMTP server on a free port for the duration of the block."""
    smtp_server, protocols = SmtpServer(), []

    def create_protocol() -> SMTP:
        protocols.append(SMTP(smtp_server, authenticator=_authenticate, auth_require_tls=False))
        return protocols[-1]

    server = await asyncio.get_running_loop().create_server(create_protocol, "127.0.0.1", 0)
    smtp_server.port = server.sockets[0].getsockname()[1]
    try:
        yield smtp_server
    finally:
        server.close()
        for protocol in protocols:
            if protocol.transport is not None:
                protocol.transport.close()
        await asyncio.sleep(0)
