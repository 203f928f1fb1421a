"""The TypeScript of the documents, and all other excerpts, are those of the files that they are taken from."""

from pathlib import Path
from textwrap import dedent

import pytest

from server.config.paths import PROJECT_ROOT
from tests.checks.links import documents
from tests.docs.blocks import Block, parse_blocks


def _find_problem(block: Block) -> str:
    """Return what is wrong with an excerpt; an empty text if nothing is."""
    if not block.excerpt_of:
        return "it names no file"
    lines = (PROJECT_ROOT / block.excerpt_of).read_text(encoding="utf-8").splitlines(keepends=True)
    length = len(block.text.splitlines())
    windows = (dedent("".join(lines[start : start + length])) for start in range(len(lines)))
    return "" if block.text in windows else f"{block.excerpt_of} does not contain it"


@pytest.mark.parametrize("page", documents(PROJECT_ROOT), ids=lambda page: page.relative_to(PROJECT_ROOT).as_posix())
def test_excerpts_equal_their_files(page: Path) -> None:
    blocks = [
        block
        for block in parse_blocks(page.read_text(encoding="utf-8"))
        if block.language in ("ts", "html") or block.excerpt_of
    ]
    assert [f"line {block.line}: {problem}" for block in blocks if (problem := _find_problem(block))] == []


def test_changed_excerpts_are_found() -> None:
    markdown = "".join(
        f"<!-- excerpt: console/with-node -->\n```ts\n{text}```\n" for text in ('exec "$@"\n', "recent_enough ||\n")
    )
    problems = [_find_problem(block) for block in parse_blocks(f"{markdown}```ts\nshift\n```\n")]
    assert problems == ["", "console/with-node does not contain it", "it names no file"]
