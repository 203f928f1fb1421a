"""Truncation of text that clients control, so that no request can write more than a few kilobytes to the log."""

MAX_FIELD_LENGTH = 256
"""In characters: a field of a log line, such as the name of an operation, a path or a tenant."""
MAX_MESSAGE_LENGTH = 10_000
"""In characters: the message of a log line. The longest messages are SQL statements (ECHO_SQL)."""
MAX_TRACEBACK_LINE_LENGTH = 1_000
MAX_TRACEBACK_LENGTH = 50_000
"""In characters. The message of an exception may contain any text of the request."""


def truncate(text: str, max_length: int = MAX_FIELD_LENGTH) -> str:
    """Return the text, or its beginning and an ellipsis if it is longer than the maximum."""
    return text if len(text) <= max_length else f"{text[: max_length - 1]}…"


def truncate_traceback(text: str) -> str:
    """Truncate each line of a traceback, and the whole."""
    if len(text) <= MAX_TRACEBACK_LINE_LENGTH:
        return text
    lines = (truncate(line, MAX_TRACEBACK_LINE_LENGTH) for line in text.split("\n"))
    return truncate("\n".join(lines), MAX_TRACEBACK_LENGTH)
