"""Translates Markdown as forges read it (CommonMark) into the dialect of the site's generator (Python-Markdown)."""

import re
from collections.abc import Iterator

from website.anchors import anchors

_COMMENT = re.compile(r"^ *<!--.*?-->\n?", re.MULTILINE | re.DOTALL)
_FENCE = re.compile(r"^ *(```+|~~~+)")
_HEADING = re.compile(r"^#{1,6} +.*?(?= *$)")
_ITEM = re.compile(r"^(?P<indent> *)(?P<marker>[-*+]|\d+[.)]) +(?=\S)")
_LIST_INDENT = 4
"""Python-Markdown nests by four spaces, CommonMark by the width of the marker."""


def translate(text: str) -> str:
    """Return the text of a page for the generator: without comments, and with the anchors that a forge gives it."""
    without_comments = _COMMENT.sub("", text)
    lines = _indent_lists(without_comments.splitlines())
    return "\n".join(_add_anchors(lines, anchors(without_comments))) + "\n"


def _add_anchors(lines: Iterator[str], names: Iterator[str]) -> Iterator[str]:
    for line, in_code in _mark_code(lines):
        heading = None if in_code else _HEADING.match(line)
        yield f"{heading[0]} {{ #{next(names)} }}" if heading else line


def _mark_code(lines: Iterator[str]) -> Iterator[tuple[str, bool]]:
    """Yield each line, and whether it belongs to a block of code."""
    fence = ""
    for line in lines:
        match = _FENCE.match(line)
        yield line, bool(fence or match)
        if match and (not fence or match[1].startswith(fence)):
            fence = "" if fence else match[1]


def _indent_lists(lines: list[str]) -> Iterator[str]:
    """Yield the lines with lists indented by four spaces, and an empty line before each list."""
    contents: list[int] = []  # the column at which the content of each open list item begins
    fence_indent: int | None = None
    previous = ""
    for line, in_code in _mark_code(iter(lines)):
        indent = len(line) - len(line.lstrip(" "))
        if in_code and fence_indent is None:
            fence_indent = indent
        if not in_code:
            fence_indent = None
        item = None if in_code else _ITEM.match(line)
        if line.strip() and (item or not previous.strip() or _ends_list(line)):
            contents = [column for column in contents if column <= (indent if fence_indent is None else fence_indent)]
        if item and previous.strip() and not contents and not _ITEM.match(previous) and not previous.startswith(" "):
            yield ""
        yield _indent(line, contents)
        if item:
            contents = [*contents, item.end()]
        previous = line


def _ends_list(line: str) -> bool:
    return line.startswith(("#", "```", "|"))


def _indent(line: str, contents: list[int]) -> str:
    if not contents or not line.strip():
        return line
    text = line.lstrip(" ")
    extra = max(len(line) - len(text) - contents[-1], 0)
    return " " * (_LIST_INDENT * len(contents) + extra) + text
