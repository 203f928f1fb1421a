"""Log lines: what they carry, and that no value can forge one."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import redirect_stderr
from uuid import UUID

import pytest
from sqlalchemy import create_engine, text

from server.logs import configure_logging
from server.request_log import RequestRecord, current_request, request_record
from server.settings import load_settings

FORGED = "x\n2026-11-21 INFO allotment.access: \x1b[2J\r\u2028\u202egood\x85\0\udcff"
SECRET = "kJ8x_Qm2Zt5Yw9Rb4Nc7Lf0Hs3Vd6Ga1Pe"
TOUCHED = (
    *("", "uvicorn", "uvicorn.error", "uvicorn.access"),
    *("sqlalchemy.engine", "sqlalchemy.engine.Engine", "aiosqlite", "asyncio", "websockets"),
)


class Output(io.StringIO):
    """Standard error while logging is configured, with or without a person before it."""

    terminal = False

    def isatty(self) -> bool:
        return self.terminal

    def configure(self, log_format: str = "plain", **values: object) -> None:
        settings = load_settings(None, environment="test", secret_key=SECRET, log_format=log_format, **values)
        with redirect_stderr(self):
            configure_logging(settings)

    @property
    def lines(self) -> list[str]:
        return self.getvalue().splitlines()


@pytest.fixture
def output(monkeypatch: pytest.MonkeyPatch) -> Iterator[Output]:
    """Takes the lines of a test; afterwards every logger is as it was."""
    loggers = [logging.getLogger(name) for name in TOUCHED]
    before = [(one.handlers[:], one.level, one.propagate, one.filters[:]) for one in loggers]
    monkeypatch.delenv("NO_COLOR", raising=False)
    yield Output()
    for one, (handlers, level, propagate, filters) in zip(loggers, before, strict=True):
        one.handlers, one.propagate, one.filters = handlers, propagate, filters
        one.setLevel(level)


@pytest.fixture
def request_of_acme() -> Iterator[RequestRecord]:
    token = request_record.set(RequestRecord("r-1", tenant="acme"))
    record = current_request()
    assert record is not None
    yield record
    request_record.reset(token)


def failure() -> None:
    try:
        raise ValueError(FORGED)  # noqa: TRY301
    except ValueError:
        logging.getLogger("allotment.test").exception("It %s", "failed", extra={"order": {"id": 7}, "level": "forged"})


def test_json(output: Output, request_of_acme: RequestRecord) -> None:
    output.configure("json")
    request_of_acme.user = UUID(int=1)
    failure()
    (line,) = output.lines
    told = json.loads(line)
    assert told.pop("time").endswith("+00:00")
    assert told.pop("exception").startswith("Traceback")
    assert told == {
        "level": "ERROR", "logger": "allotment.test", "message": "It failed",
        "request_id": "r-1", "tenant": "acme", "user": str(UUID(int=1)), "order": {"id": 7},
    }  # fmt: skip


def test_json_takes_any_value(output: Output) -> None:
    output.configure("json")
    logging.getLogger("allotment.test").info("%s", FORGED, extra={"thing": object(), FORGED: FORGED})
    (line,) = output.getvalue().split("\n")[:-1]
    assert line.isascii()
    assert json.loads(line)["message"] == FORGED
    assert "request_id" not in json.loads(line)


def test_plain(output: Output, request_of_acme: RequestRecord) -> None:
    output.configure()
    request_of_acme.operation = "Tasks"
    logging.getLogger("allotment.test").info("Planted %s", "beans")
    assert (
        output.getvalue()[13:] == "INFO     allotment.test: Planted beans request_id=r-1 tenant=acme operation=Tasks\n"
    )


def test_nothing_forges_a_plain_line(output: Output, request_of_acme: RequestRecord) -> None:
    output.configure()
    request_of_acme.operation = FORGED
    logging.getLogger("allotment.test").info("Planted %s", FORGED)
    failure()
    first, second, *trace = output.lines
    assert (first[13:17], second[13:18]) == ("INFO", "ERROR")
    assert r"x\n2026-11-21 INFO allotment.access: \x1b[2J\r\u2028\u202egood\x85\x00\udcff" in first
    assert trace
    assert all(line.startswith("    ") for line in trace)
    assert all(line.isprintable() for line in output.lines)


@pytest.mark.parametrize(
    ("terminal", "no_color", "coloured"), [(True, False, True), (True, True, False), (False, False, False)]
)
def test_colours(
    output: Output, monkeypatch: pytest.MonkeyPatch, *, terminal: bool, no_color: bool, coloured: bool
) -> None:
    output.terminal = terminal
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    output.configure()
    logging.getLogger("allotment.test").warning("Frost")
    assert ("\x1b[33mWARNING \x1b[0m" in output.getvalue()) == coloured


def test_levels(output: Output) -> None:
    output.configure(log_level="WARNING")
    logging.getLogger("allotment.test").info("quiet")
    output.configure(log_level="DEBUG")
    logging.getLogger("aiosqlite").debug("quiet")
    logging.getLogger("allotment.test").debug("loud")
    assert [line.split(": ")[1] for line in output.lines] == ["loud"]


def test_uvicorn_speaks_through_us(output: Output) -> None:
    stray = logging.StreamHandler(output)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).addHandler(stray)
    output.configure()
    output.configure()
    logging.getLogger("uvicorn.error").info("Started", extra={"color_message": "\x1b[1mStarted"})
    logging.getLogger("uvicorn.error").info('%s - "WebSocket %s" [accepted]', "::1", "/graphql?token=t")
    logging.getLogger("uvicorn.access").info("GET /graphql?token=t")
    assert [line[13:] for line in output.lines] == ["INFO     uvicorn.error: Started"]


@pytest.mark.parametrize("echo", [False, True])
def test_sql_is_logged_once(output: Output, capsys: pytest.CaptureFixture[str], *, echo: bool) -> None:
    output.configure(echo_sql=echo)
    engine = create_engine("sqlite://", echo=echo)
    with engine.connect() as connection:
        connection.execute(text("SELECT 42"))
    engine.dispose()
    assert output.getvalue().count("SELECT 42") == int(echo)
    assert capsys.readouterr().out == ""
