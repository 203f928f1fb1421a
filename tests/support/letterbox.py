"""The letters that an application sends, for tests to read."""

import asyncio
import logging
import re
from dataclasses import dataclass

import pytest
from fastapi import FastAPI

TOKEN = re.compile(r"#token=(\S+)")


@dataclass(frozen=True)
class Received:
    """A letter as it arrived."""

    to: str
    subject: str
    text: str

    @property
    def token(self) -> str:
        """The token in its link."""
        found = TOKEN.search(self.text)
        assert found, self.text
        return found[1]


class Letterbox:
    """What the application has sent so far; without a mail server it prints letters to the log."""

    def __init__(self, app: FastAPI, log: pytest.LogCaptureFixture) -> None:
        self._app = app
        self._log = log
        log.set_level(logging.INFO, "allotment.mail")

    async def all(self, to: str | None = None) -> list[Received]:
        """The letters, or those to an address, in the order in which they were sent."""
        await asyncio.wait_for(self._app.state.background.drain(), 10)
        records = [each for each in self._log.records if each.name == "allotment.mail"]
        letters = [Received(*map(str, each.args)) for each in records if isinstance(each.args, tuple)]
        return [each for each in letters if to in (None, each.to)]

    async def last(self, to: str) -> Received:
        """The newest letter to an address."""
        return (await self.all(to))[-1]
