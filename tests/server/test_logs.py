"""Log lines: their fields, and that no logged value can inject a line."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import redirect_stderr
from uuid import UUID

import pytest
from sqlalchemy import create_engine, text

from server.config.settings import load_settings
from server.telemetry.log_context import LogContext, current_log_context, log_context
from server.telemetry.logs import configure_logging

INJECTION = "x\n2026-11-21 INFO allotment.access: \x1b[2J\r\u2028\u202egood\x85\0\udcff"
SECRET = "kJ8x_Qm2Zt5Yw9Rb4Nc7Lf0Hs3Vd6Ga1Pe"
CONFIGURED_LOGGERS = (
    *("", "uvicorn", "uvicorn.error", "uvicorn.access"),
    *("sqlalchemy.engine", "sqlalchemy.engine.Engine", "aiosqlite", "asyncio", "websockets"),
)


class CapturedStderr(io.StringIO):
    """A replacement of standard error that receives the log lines."""

    is_terminal = False

    def isatty(self) -> bool:
        return self.is_terminal

    def configure(self, log_format: str = "plain", **values: object) -> None:
        settings = load_settings(None, environment="test", secret_key=SECRET, log_format=log_format, **values)
        with redirect_stderr(self):
            configure_logging(settings)

    @property
    def lines(self) -> list[str]:
        return self.getvalue().splitlines()


@pytest.fixture
def captured_stderr(monkeypatch: pytest.MonkeyPatch) -> Iterator[CapturedStderr]:
    """Capture the log lines of a test, then restore the loggers."""
    loggers = [logging.getLogger(name) for name in CONFIGURED_LOGGERS]
    original = [(logger.handlers[:], logger.level, logger.propagate, logger.filters[:]) for logger in loggers]
    monkeypatch.delenv("NO_COLOR", raising=False)
    yield CapturedStderr()
    for logger, (handlers, level, propagate, filters) in zip(loggers, original, strict=True):
        logger.handlers, logger.propagate, logger.filters = handlers, propagate, filters
        logger.setLevel(level)


@pytest.fixture
def acme_context() -> Iterator[LogContext]:
    token = log_context.set(LogContext("r-1"))
    context = current_log_context()
    assert context is not None
    context.tenant = "acme"
    yield context
    log_context.reset(token)


def log_exception() -> None:
    try:
        raise ValueError(INJECTION)  # noqa: TRY301
    except ValueError:
        logging.getLogger("allotment.test").exception(
            "It %s", "failed", extra={"order": {"id": 7}, "level": "injected"}
        )


def test_json_format_has_all_fields(captured_stderr: CapturedStderr, acme_context: LogContext) -> None:
    captured_stderr.configure("json")
    acme_context.user = UUID(int=1)
    log_exception()
    (line,) = captured_stderr.lines
    fields = json.loads(line)
    assert fields.pop("time").endswith("+00:00")
    assert fields.pop("exception").startswith("Traceback")
    assert fields == {
        "level": "ERROR", "logger": "allotment.test", "message": "It failed",
        "request_id": "r-1", "tenant": "acme", "user": str(UUID(int=1)), "order": {"id": 7},
    }  # fmt: skip


def test_json_format_accepts_any_value(captured_stderr: CapturedStderr) -> None:
    captured_stderr.configure("json")
    logging.getLogger("allotment.test").info("%s", INJECTION, extra={"value": object(), INJECTION: INJECTION})
    (line,) = captured_stderr.getvalue().split("\n")[:-1]
    assert line.isascii()
    assert json.loads(line)["message"] == INJECTION
    assert "request_id" not in json.loads(line)


def test_plain_format_has_all_fields(captured_stderr: CapturedStderr, acme_context: LogContext) -> None:
    captured_stderr.configure()
    acme_context.operation = "Tasks"
    logging.getLogger("allotment.test").info("Created %s", "task")
    assert (
        captured_stderr.getvalue()[13:]
        == "INFO     allotment.test: Created task request_id=r-1 tenant=acme operation=Tasks\n"
    )


def test_body_is_indented(captured_stderr: CapturedStderr) -> None:
    captured_stderr.configure()
    logging.getLogger("allotment.test").info("Email", extra={"body": f"one\n\n{INJECTION}"})
    first, *body = captured_stderr.lines
    assert first.endswith("allotment.test: Email")
    assert body[:2] == ["    one", "    "]
    assert all(line.startswith("    ") and line.isprintable() for line in body)


def test_logged_values_cannot_inject_lines(captured_stderr: CapturedStderr, acme_context: LogContext) -> None:
    captured_stderr.configure()
    acme_context.operation = INJECTION
    logging.getLogger("allotment.test").info("Created %s", INJECTION)
    log_exception()
    first, second, *traceback = captured_stderr.lines
    assert (first[13:17], second[13:18]) == ("INFO", "ERROR")
    assert r"x\n2026-11-21 INFO allotment.access: \x1b[2J\r\u2028\u202egood\x85\x00\udcff" in first
    assert traceback
    assert all(line.startswith("    ") for line in traceback)
    assert all(line.isprintable() for line in captured_stderr.lines)


@pytest.mark.parametrize(
    ("terminal", "no_color", "colored"), [(True, False, True), (True, True, False), (False, False, False)]
)
def test_colors_are_used_on_terminal_unless_disabled(
    captured_stderr: CapturedStderr, monkeypatch: pytest.MonkeyPatch, *, terminal: bool, no_color: bool, colored: bool
) -> None:
    captured_stderr.is_terminal = terminal
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    captured_stderr.configure()
    logging.getLogger("allotment.test").warning("Slow")
    assert ("\x1b[33mWARNING \x1b[0m" in captured_stderr.getvalue()) == colored


def test_log_level_applies_to_all_but_verbose_loggers(captured_stderr: CapturedStderr) -> None:
    captured_stderr.configure(log_level="WARNING")
    logging.getLogger("allotment.test").info("hidden")
    captured_stderr.configure(log_level="DEBUG")
    logging.getLogger("aiosqlite").debug("hidden")
    logging.getLogger("allotment.test").debug("visible")
    assert [line.split(": ")[1] for line in captured_stderr.lines] == ["visible"]


def test_uvicorn_logs_through_root_handler(captured_stderr: CapturedStderr) -> None:
    other_handler = logging.StreamHandler(captured_stderr)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).addHandler(other_handler)
    captured_stderr.configure()
    captured_stderr.configure()
    logging.getLogger("uvicorn.error").info("Started", extra={"color_message": "\x1b[1mStarted"})
    logging.getLogger("uvicorn.error").info('%s - "WebSocket %s" [accepted]', "::1", "/graphql?token=t")
    logging.getLogger("uvicorn.access").info("GET /graphql?token=t")
    assert [line[13:] for line in captured_stderr.lines] == ["INFO     uvicorn.error: Started"]


@pytest.mark.parametrize("echo", [False, True])
def test_sql_is_logged_at_most_once(
    captured_stderr: CapturedStderr, capsys: pytest.CaptureFixture[str], *, echo: bool
) -> None:
    captured_stderr.configure(echo_sql=echo)
    engine = create_engine("sqlite://", echo=echo)
    with engine.connect() as connection:
        connection.execute(text("SELECT 42"))
    engine.dispose()
    assert captured_stderr.getvalue().count("SELECT 42") == int(echo)
    assert capsys.readouterr().out == ""
