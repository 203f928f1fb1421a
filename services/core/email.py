"""Emails, and the mailers that send them.

Emails are sent after the commit, from `work.after_commit`, so that no transaction waits for a mail server and a failed
delivery undoes nothing. They are sent in the background, so that the response time does not disclose whether one was
sent.
"""

import asyncio
import logging
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Literal, Protocol

import aiosmtplib

from services.core.background import BackgroundTasks

logger = logging.getLogger("allotment.mail")

MAX_CONCURRENT = 5
"""How many emails are sent at the same time; a bulk use case may send a thousand."""

Encryption = Literal["tls", "starttls", "none"]


@dataclass(frozen=True)
class Email:
    """A plain-text email."""

    to: str
    subject: str
    text: str


class Mailer(Protocol):
    """Sends emails."""

    async def send(self, email: Email) -> None:
        """Send the email; raises if that fails."""


class LogMailer:
    """For development: writes emails to the log."""

    async def send(self, email: Email) -> None:
        # The text is an extra field, not part of the message: log formatters escape line breaks in messages.
        logger.info("Email to %s: %s", email.to, email.subject, extra={"body": email.text})


class NoMailer:
    """For a production server without a mail server. Does not log the text, which contains secrets."""

    async def send(self, email: Email) -> None:
        logger.error("The email %r was not sent: set SMTP_URL and MAIL_FROM.", email.subject)


@dataclass(frozen=True)
class SmtpConfig:
    """A mail server and the sender's address and credentials."""

    host: str
    port: int
    sender: str
    username: str | None = None
    password: str | None = None
    encryption: Encryption = "starttls"
    timeout: float = 10.0


class SmtpMailer:
    """Sends emails through a mail server."""

    def __init__(self, config: SmtpConfig) -> None:
        self._config = config

    async def send(self, email: Email) -> None:
        async with self._connect() as client:
            await client.send_message(build_message(email, self._config.sender))

    async def check(self) -> None:
        """Connect to the mail server and sign in, but send nothing; raises if that fails."""
        async with self._connect() as client:
            await client.noop()

    def _connect(self) -> aiosmtplib.SMTP:
        config = self._config
        return aiosmtplib.SMTP(
            hostname=config.host,
            port=config.port,
            username=config.username,
            password=config.password,
            use_tls=config.encryption == "tls",
            start_tls=config.encryption == "starttls",
            timeout=config.timeout,
        )


class BackgroundMailer:
    """Sends emails in the background, a few at a time. Failures are logged."""

    def __init__(self, mailer: Mailer, background: BackgroundTasks) -> None:
        self._mailer = mailer
        self._background = background
        self._semaphore = asyncio.Semaphore(MAX_CONCURRENT)

    async def send(self, email: Email) -> None:
        self._background.start(self._send_in_turn(email), "sending an email")

    async def _send_in_turn(self, email: Email) -> None:
        async with self._semaphore:
            await self._mailer.send(email)


def build_message(email: Email, sender: str) -> EmailMessage:
    """Build the MIME message. Its `Auto-Submitted` header keeps mail servers from replying (RFC 3834)."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = email.to
    message["Subject"] = email.subject
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].rstrip(">") or "localhost")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(email.text)
    return message
