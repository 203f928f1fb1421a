"""Captures the emails that an application sends."""

import asyncio
import logging
import re
from dataclasses import dataclass

import pytest
from fastapi import FastAPI

_LINK_TOKEN = re.compile(r"#token=(\S+)")


@dataclass(frozen=True)
class CapturedEmail:
    """Recipient, subject and text of a sent email."""

    recipient: str
    subject: str
    text: str

    @property
    def link_token(self) -> str:
        """Return the token in the email's link."""
        match = _LINK_TOKEN.search(self.text)
        assert match, self.text
        return match[1]


class EmailCapture:
    """The emails that the application has sent. Without an SMTP server the application logs them."""

    def __init__(self, app: FastAPI, log: pytest.LogCaptureFixture) -> None:
        self._app = app
        self._log = log
        log.set_level(logging.INFO, "allotment.mail")

    async def sent_emails(self, recipient: str | None = None) -> list[CapturedEmail]:
        """Return all emails, or those to one recipient, in the order in which they were sent."""
        await asyncio.wait_for(self._app.state.background.drain(), 10)
        records = [record for record in self._log.records if record.name == "allotment.mail"]
        emails = [
            CapturedEmail(*map(str, record.args), record.body)  # type: ignore[attr-defined, call-arg]
            for record in records
            if isinstance(record.args, tuple)
        ]
        return [email for email in emails if recipient in (None, email.recipient)]

    async def last_email(self, recipient: str) -> CapturedEmail:
        """Return the newest email to an address."""
        return (await self.sent_emails(recipient))[-1]
