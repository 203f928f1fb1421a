"""The file with the newest emails of a development server, which sends none.

The process that writes an email locks the file, so that several workers share it. Links in emails give access to
accounts: only the user who runs the server can read the file.
"""

import asyncio
import fcntl
import json
import logging
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

from server.config.database_url import DatabaseUrl
from server.config.paths import PROJECT_ROOT
from services.core.email import Email, LogMailer

logger = logging.getLogger("allotment.mail")

MAX_EMAILS = 200
MAX_FILE_BYTES = 1_048_576
"""The size from which on all emails but the newest ones are deleted."""


@dataclass(frozen=True)
class InboxEmail:
    """An email of the inbox, as the console receives it."""

    id: str
    to: str
    subject: str
    text: str
    sentAt: str  # noqa: N815 -- a key of the JSON


class InboxFile:
    """Emails in a file, one line of JSON each."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, email: Email) -> None:
        """Append an email, and delete old ones if the file has become large."""
        sent_at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        entry = InboxEmail(uuid4().hex, email.to, email.subject, email.text, sent_at)
        # O_NOFOLLOW: a symbolic link could place the emails in a file that other users can read.
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(self._path, flags, 0o600), "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # released when the file is closed
            os.fchmod(file.fileno(), 0o600)
            end = file.seek(0, os.SEEK_END)
            file.write(_separator(file, end) + json.dumps(asdict(entry)).encode() + b"\n")
            if file.tell() > MAX_FILE_BYTES:
                _delete_old(file)

    def load(self) -> list[InboxEmail]:
        """Return the newest emails, the newest one first; none if there is no file."""
        try:
            with self._path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH)
                lines = file.readlines()
        except FileNotFoundError:
            return []
        emails = (_parse(line) for line in reversed(lines))
        return [email for email in emails if email is not None][:MAX_EMAILS]


class InboxMailer:
    """For development: writes emails to the log and to the inbox of the console."""

    def __init__(self, inbox: InboxFile) -> None:
        self._log = LogMailer()
        self._inbox = inbox

    async def send(self, email: Email) -> None:
        await self._log.send(email)
        try:
            await asyncio.to_thread(self._inbox.append, email)
        except OSError as error:
            logger.warning("The inbox of the console cannot be written: %s", error)


def inbox_path(database: DatabaseUrl) -> Path:
    """Return the path of the inbox of a database: beside that of SQLite, or in the checkout for one on a server."""
    if database.dialect == "sqlite":
        return Path(f"{database.url.database}-inbox")
    name = sha256(database.server.encode()).hexdigest()[:12]
    return PROJECT_ROOT / f".allotment-{name}.db-inbox"


def _separator(file: IO[bytes], end: int) -> bytes:
    """Return a line break if the last line has none, since the process that wrote it was killed."""
    if end == 0:
        return b""
    file.seek(end - 1)
    return b"" if file.read(1) == b"\n" else b"\n"


def _delete_old(file: IO[bytes]) -> None:
    file.seek(0)
    newest = file.readlines()[-MAX_EMAILS:]
    file.seek(0)
    file.truncate()
    file.writelines(newest)


def _parse(line: bytes) -> InboxEmail | None:
    """Return the email of a line; None if the line is incomplete."""
    try:
        values: dict[str, Any] = json.loads(line)
        return InboxEmail(**values)
    except (ValueError, TypeError):
        return None
