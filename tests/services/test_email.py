"""Emails: delivery through an SMTP server, in the background and to the log."""

import asyncio
import logging
import time

import aiosmtplib
import pytest

from server.telemetry.log_format import PlainFormatter
from services.core.background import BackgroundTasks
from services.core.email import BackgroundMailer, Email, LogMailer, NoMailer, SmtpConfig, SmtpMailer, build_message
from services.people.email_templates import EmailTemplates
from tests.support.smtp_server import CREDENTIALS, run_smtp_server

EMAIL = Email("ada@example.test", "Grüße", "Zeile eins\n\nhttps://x.test/#token=letter_abc\n.\nЖ🌱\n" + "x" * 2000)
SENDER = "Allotment <post@allotment.test>"


async def test_email_is_delivered_unchanged() -> None:
    async with run_smtp_server() as server:
        await SmtpMailer(SmtpConfig("127.0.0.1", server.port, SENDER, encryption="none")).send(EMAIL)
    (received,) = server.emails
    assert (received["To"], received["From"], received["Subject"]) == (EMAIL.to, SENDER, EMAIL.subject)
    assert received.get_content().replace("\r\n", "\n").rstrip() == EMAIL.text.rstrip()
    assert received["Message-ID"].endswith("@allotment.test>")
    assert received["Date"]


async def test_smtp_mailer_authenticates() -> None:
    name, password = CREDENTIALS
    async with run_smtp_server() as server:
        await SmtpMailer(SmtpConfig("127.0.0.1", server.port, SENDER, name, password, "none")).send(EMAIL)
        with pytest.raises(aiosmtplib.SMTPAuthenticationError):
            await SmtpMailer(SmtpConfig("127.0.0.1", server.port, SENDER, name, "wrong", "none")).send(EMAIL)
    assert len(server.emails) == 1


async def test_nothing_is_sent_without_encryption_unless_configured() -> None:
    async with run_smtp_server() as server:
        with pytest.raises(aiosmtplib.SMTPException):
            await SmtpMailer(SmtpConfig("127.0.0.1", server.port, SENDER, encryption="starttls")).send(EMAIL)
        assert server.emails == []


async def test_unresponsive_smtp_server_times_out() -> None:
    test_is_over = asyncio.Event()

    async def never_answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await test_is_over.wait()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(never_answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    started_at = time.monotonic()
    with pytest.raises(aiosmtplib.SMTPException):
        await SmtpMailer(SmtpConfig("127.0.0.1", port, SENDER, encryption="none", timeout=0.1)).send(EMAIL)
    assert time.monotonic() - started_at < 5
    test_is_over.set()
    server.close()
    await asyncio.sleep(0.05)


def test_headers_cannot_be_injected() -> None:
    for email in (Email("ada@x.test\nBcc: all@x.test", "x", "x"), Email("ada@x.test", "x\r\nBcc: all@x.test", "x")):
        with pytest.raises(ValueError, match=r"linefeed|carriage|newline|header"):
            build_message(email, SENDER)


async def test_log_mailer_prints_text_with_line_breaks(caplog: pytest.LogCaptureFixture) -> None:
    email = EmailTemplates("https://app.test").password_changed("ada@x.test", "Ada")
    with caplog.at_level(logging.INFO, "allotment.mail"):
        await LogMailer().send(email)
    (record,) = caplog.records
    header, *body = PlainFormatter(colored=False).format(record).split("\n")
    assert header.endswith("Email to ada@x.test: Your password was changed")
    assert body == [f"    {line}" for line in email.text.splitlines()]
    assert body[:2] == ["    Hello Ada,", "    "]


async def test_log_mailer_escapes_control_characters(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "allotment.mail"):
        await LogMailer().send(Email("ada@x.test\nINJECTED", "x\x1b[0m", "one\x1b[0m\ntwo"))
    lines = PlainFormatter(colored=False).format(caplog.records[0]).split("\n")
    assert lines[0].endswith("Email to ada@x.test\\nINJECTED: x\\x1b[0m")
    assert lines[1:] == ["    one\\x1b[0m", "    two"]


async def test_no_mailer_logs_the_missing_setting_but_not_the_text(caplog: pytest.LogCaptureFixture) -> None:
    await NoMailer().send(EMAIL)
    assert "SMTP_URL" in caplog.text
    assert "token" not in caplog.text
    assert all(not hasattr(record, "body") for record in caplog.records)


class SlowMailer:
    """A mailer that takes 50 ms, or fails."""

    def __init__(self) -> None:
        self.sent: list[Email] = []

    async def send(self, email: Email) -> None:
        await asyncio.sleep(0.05)
        if email.text == "fail":
            raise OSError("no connection")
        self.sent.append(email)


async def test_background_mailer_sends_without_blocking_and_is_drained() -> None:
    background, slow = BackgroundTasks(), SlowMailer()
    mailer = BackgroundMailer(slow, background)
    started_at = time.monotonic()
    for _ in range(3):
        await mailer.send(EMAIL)
    assert (slow.sent, time.monotonic() - started_at < 0.04) == ([], True)
    await background.drain()
    assert slow.sent == [EMAIL] * 3


async def test_failed_background_delivery_is_logged_and_does_not_affect_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    background, slow = BackgroundTasks(), SlowMailer()
    mailer = BackgroundMailer(slow, background)
    await mailer.send(Email("ada@x.test", "x", "fail"))
    await mailer.send(EMAIL)
    await background.drain()
    assert slow.sent == [EMAIL]
    assert "sending an email failed" in caplog.text


async def test_background_tasks_are_limited_in_number_and_time(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.core.background.MAX_PENDING", 2)
    background = BackgroundTasks()
    for _ in range(3):
        background.start(asyncio.sleep(60), "sleeping")
    assert "sleeping was dropped" in caplog.text
    started_at = time.monotonic()
    await background.drain(timeout=0.05)
    assert time.monotonic() - started_at < 5
    assert "2 background tasks were dropped" in caplog.text


def test_links_lead_to_the_front_end_with_the_token_in_the_fragment() -> None:
    templates = EmailTemplates("https://app.test/shop")
    text = templates.reset_password("ada@x.test", "Ada", "letter_a-b_c", 60).text
    assert "https://app.test/shop/reset-password#token=letter_a-b_c" in text
    assert "60 minutes" in text
    assert "48 hours" in templates.verify_email("ada@x.test", "Ada", "letter_x", 48).text
    assert "new@x.test" in templates.address_changed("ada@x.test", "Ada", "new@x.test").text
    assert templates.password_changed("ada@x.test", "Ada").to == "ada@x.test"
