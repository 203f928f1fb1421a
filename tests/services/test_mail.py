"""Letters, through a real mail server and without one."""

import asyncio
import logging
import time

import aiosmtplib
import pytest

from services.background import Background
from services.letters import Letters
from services.mail import BackgroundMailer, Letter, LogMailer, NoMailer, Post, SmtpMailer, message_of
from tests.support.post_office import CREDENTIALS, opened

LETTER = Letter("ada@garden.test", "Grüße", "Zeile eins\n\nhttps://x.test/#token=letter_abc\n.\nЖ🌱\n" + "x" * 2000)
SENDER = "Allotment <post@allotment.test>"


async def test_a_letter_arrives_as_it_was_written() -> None:
    async with opened() as office:
        await SmtpMailer(Post("127.0.0.1", office.port, SENDER, encryption="none")).send(LETTER)
    (arrived,) = office.letters
    assert (arrived["To"], arrived["From"], arrived["Subject"]) == (LETTER.to, SENDER, LETTER.subject)
    assert arrived.get_content().replace("\r\n", "\n").rstrip() == LETTER.text.rstrip()
    assert arrived["Message-ID"].endswith("@allotment.test>")
    assert arrived["Date"]


async def test_a_mail_server_may_ask_who_we_are() -> None:
    name, password = CREDENTIALS
    async with opened() as office:
        await SmtpMailer(Post("127.0.0.1", office.port, SENDER, name, password, "none")).send(LETTER)
        with pytest.raises(aiosmtplib.SMTPAuthenticationError):
            await SmtpMailer(Post("127.0.0.1", office.port, SENDER, name, "wrong", "none")).send(LETTER)
    assert len(office.letters) == 1


async def test_a_mail_server_that_offers_no_encryption_gets_no_letter_unless_told_so() -> None:
    async with opened() as office:
        with pytest.raises(aiosmtplib.SMTPException):
            await SmtpMailer(Post("127.0.0.1", office.port, SENDER, encryption="starttls")).send(LETTER)
        assert office.letters == []


async def test_a_mail_server_that_says_nothing_is_not_waited_for() -> None:
    over = asyncio.Event()

    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    began = time.monotonic()
    with pytest.raises(aiosmtplib.SMTPException):
        await SmtpMailer(Post("127.0.0.1", port, SENDER, encryption="none", timeout=0.1)).send(LETTER)
    assert time.monotonic() - began < 5
    over.set()
    server.close()
    await asyncio.sleep(0.05)


def test_nothing_in_a_letter_becomes_a_header() -> None:
    for letter in (Letter("ada@x.test\nBcc: all@x.test", "x", "x"), Letter("ada@x.test", "x\r\nBcc: all@x.test", "x")):
        with pytest.raises(ValueError, match=r"linefeed|carriage|newline|header"):
            message_of(letter, SENDER)


async def test_in_development_letters_are_read_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "allotment.mail"):
        await LogMailer().send(LETTER)
    assert all(part in caplog.text for part in (LETTER.to, LETTER.subject, LETTER.text))


async def test_a_server_without_post_says_so_and_not_what_the_letter_said(caplog: pytest.LogCaptureFixture) -> None:
    await NoMailer().send(LETTER)
    assert "SMTP_URL" in caplog.text
    assert "token" not in caplog.text


class Slow:
    """A mailer that takes its time, or fails."""

    def __init__(self) -> None:
        self.sent: list[Letter] = []

    async def send(self, letter: Letter) -> None:
        await asyncio.sleep(0.05)
        if letter.text == "fail":
            raise OSError("no connection")
        self.sent.append(letter)


async def test_letters_go_out_in_the_background_and_are_not_lost_when_the_server_stops() -> None:
    background, slow = Background(), Slow()
    mailer = BackgroundMailer(slow, background)
    began = time.monotonic()
    for _ in range(3):
        await mailer.send(LETTER)
    assert (slow.sent, time.monotonic() - began < 0.04) == ([], True)
    await background.drain()
    assert slow.sent == [LETTER] * 3


async def test_what_fails_in_the_background_is_logged_and_harms_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    background, slow = Background(), Slow()
    mailer = BackgroundMailer(slow, background)
    await mailer.send(Letter("ada@x.test", "x", "fail"))
    await mailer.send(LETTER)
    await background.drain()
    assert slow.sent == [LETTER]
    assert "sending a letter failed" in caplog.text


async def test_the_background_is_bounded_in_number_and_in_time(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.background.MOST_PENDING", 2)
    background = Background()
    for _ in range(3):
        background.start(asyncio.sleep(60), "sleeping")
    assert "sleeping was dropped" in caplog.text
    began = time.monotonic()
    await background.drain(patience=0.05)
    assert time.monotonic() - began < 5
    assert "2 jobs were dropped" in caplog.text


def test_links_lead_to_the_front_end_and_keep_their_token_from_logs_on_the_way() -> None:
    letters = Letters("https://app.test/shop")
    text = letters.reset_password("ada@x.test", "Ada", "letter_a-b_c", 60).text
    assert "https://app.test/shop/reset-password#token=letter_a-b_c" in text
    assert "60 minutes" in text
    assert "48 hours" in letters.verify_email("ada@x.test", "Ada", "letter_x", 48).text
    assert "new@x.test" in letters.address_changed("ada@x.test", "Ada", "new@x.test").text
    assert letters.password_changed("ada@x.test", "Ada").to == "ada@x.test"
