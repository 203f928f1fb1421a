"""Text that clients send is truncated in the log."""

import logging
from pathlib import Path

import httpx
import pytest

from server.telemetry.log_format import JsonFormatter, PlainFormatter
from server.telemetry.truncation import MAX_FIELD_LENGTH, truncate, truncate_traceback
from tests.support.server_process import ServerProcess

LONG = "n" * 300_000
MAX_LOG_BYTES = 4_000


@pytest.mark.slow
@pytest.mark.parametrize("log_format", ["plain", "json"])
def test_requests_cannot_fill_the_log(tmp_path: Path, log_format: str) -> None:
    emoji = "\U0001f955" * 60_000
    with ServerProcess(tmp_path, f"sqlite:///{tmp_path / 'a.db'}", "--demo", LOG_FORMAT=log_format) as server:
        for body in (
            {"query": "{ __typename }", "operationName": LONG},
            {"query": "{ __typename }", "operationName": emoji},
            {"query": f"query {LONG} {{ __typename }}", "operationName": LONG},
            {"query": f"{{ {LONG}: task(id: 1) {{ id }} }}"},
        ):
            assert _logged_bytes(server, "/graphql", body) < MAX_LOG_BYTES
        for name in ("X-Tenant", "User-Agent", "X-Request-ID", "Idempotency-Key"):
            assert _logged_bytes(server, "/graphql", {"query": "{ __typename }"}, {name: LONG[:30_000]}) < MAX_LOG_BYTES
        assert _logged_bytes(server, "/" + LONG[:30_000], {}) < MAX_LOG_BYTES


def _logged_bytes(server: ServerProcess, path: str, body: dict[str, str], headers: dict[str, str] | None = None) -> int:
    """Send a request, and return how many bytes it adds to the log."""
    before = len(server.output)
    httpx.post(f"{server.url}{path}", json=body, headers=headers, timeout=60)
    httpx.get(f"{server.url}/after", timeout=60)
    return len(server.output) - before


@pytest.mark.parametrize("formatter", [JsonFormatter(), PlainFormatter(colored=False)])
@pytest.mark.parametrize("text", [LONG, "line\n" * 60_000])
def test_message_and_traceback_are_truncated(formatter: logging.Formatter, text: str) -> None:
    try:
        raise ValueError(text)  # noqa: TRY301
    except ValueError as error:
        exc_info = (ValueError, error, error.__traceback__)
        record = logging.LogRecord("allotment.test", logging.ERROR, __file__, 1, "failed: %s", (text,), exc_info)
    line = formatter.format(record)
    assert "test_message_and_traceback_are_truncated" in line
    assert len(line) < 150_000


def test_truncated_text_ends_with_ellipsis() -> None:
    assert truncate("x" * MAX_FIELD_LENGTH) == "x" * MAX_FIELD_LENGTH
    assert truncate(LONG) == "n" * (MAX_FIELD_LENGTH - 1) + "…"
    assert truncate_traceback("short\ntraceback") == "short\ntraceback"
