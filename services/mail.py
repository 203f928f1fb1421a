"""Letters, and who carries them.

A letter is sent after the commit, in `work.after_commit`, and never while a transaction waits: what the database did
stands, whether or not the post arrives. It goes out in the background, so that nobody can tell from how long an answer
takes whether there was a letter to send.
"""

import asyncio
import logging
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Literal, Protocol

import aiosmtplib

from services.background import Background

logger = logging.getLogger("allotment.mail")

AT_ONCE = 5
"""How many letters are on their way at once: a thousand may be written in one go."""

Encryption = Literal["tls", "starttls", "none"]


@dataclass(frozen=True)
class Letter:
    """What is to be read by whom."""

    to: str
    subject: str
    text: str


class Mailer(Protocol):
    """Whoever carries letters."""

    async def send(self, letter: Letter) -> None:
        """Send the letter; raises when it cannot be."""


class LogMailer:
    """For development: letters are printed to the log."""

    async def send(self, letter: Letter) -> None:
        logger.info("A letter to %s: %s\n%s", letter.to, letter.subject, letter.text)


class NoMailer:
    """For a server in production that was given no post: what letters say is secret, so it is not logged."""

    async def send(self, letter: Letter) -> None:
        logger.error("The letter %r was not sent: set SMTP_URL and MAIL_FROM.", letter.subject)


@dataclass(frozen=True)
class Post:
    """A mail server, and who we are to it."""

    host: str
    port: int
    sender: str
    username: str | None = None
    password: str | None = None
    encryption: Encryption = "starttls"
    timeout: float = 10.0


class SmtpMailer:
    """Hands letters to a mail server."""

    def __init__(self, post: Post) -> None:
        self._post = post

    async def send(self, letter: Letter) -> None:
        post = self._post
        await aiosmtplib.send(
            message_of(letter, post.sender),
            hostname=post.host,
            port=post.port,
            username=post.username,
            password=post.password,
            use_tls=post.encryption == "tls",
            start_tls=post.encryption == "starttls",
            timeout=post.timeout,
        )


class BackgroundMailer:
    """Takes letters at once and has them carried in the background, a few at a time; what goes wrong is logged."""

    def __init__(self, mailer: Mailer, background: Background) -> None:
        self._mailer = mailer
        self._background = background
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def send(self, letter: Letter) -> None:
        self._background.start(self._carry(letter), "sending a letter")

    async def _carry(self, letter: Letter) -> None:
        async with self._turn:
            await self._mailer.send(letter)


def message_of(letter: Letter, sender: str) -> EmailMessage:
    """The letter as it travels. Nobody answers a machine, so it says that it is one (RFC 3834)."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = letter.to
    message["Subject"] = letter.subject
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].rstrip(">") or "localhost")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    return message
