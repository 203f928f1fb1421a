"""Code and documentation use the terms of the field, and the check finds words that do not belong to them."""

from pathlib import Path

import pytest

from tests.checks.vocabulary import old_words, texts


def test_no_old_words_in_code_and_documentation() -> None:
    assert [line for path, text in texts().items() for line in old_words(path, text)] == []


@pytest.mark.parametrize(
    "line",
    [
        "# Give it back, lest somebody waits.",
        '"""Whoever takes it next."""',
        "def kept_rows(): ...",
        "class RowKept: ...",
        "lastKept = 1",
        "Nobody may do this.",
    ],
)
def test_old_word_is_found(line: str) -> None:
    assert old_words("services/work/task.py", f"x = 1\n{line}") != []


@pytest.mark.parametrize("line", ["skeptical = True", "keep_alive = 5", "A latest version.", "wallet"])
def test_other_words_are_not_found(line: str) -> None:
    assert old_words("services/work/task.py", line) == []


def test_all_languages_are_checked(tmp_path: Path) -> None:
    for name in ("a.py", "docs/b.md", "console/c.tsx", "console/node_modules/d.ts", "requirements.lock", "Makefile"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert set(texts(tmp_path)) == {"a.py", "docs/b.md", "console/c.tsx", "Makefile"}
