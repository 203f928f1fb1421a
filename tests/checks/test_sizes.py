"""Files and functions are short, and the check finds long ones."""

import pytest

from tests.checks import sizes
from tests.checks.sizes import oversized, unused_exceptions
from tests.checks.sources import sources

LONG_BODY = "\n    x = 1" * 26


def test_files_and_functions_are_short() -> None:
    assert [line for path, source in sources().items() for line in oversized(path, source)] == []


@pytest.mark.parametrize("path", ["services/work/task.py", "tests/api/test_task.py"])
def test_long_file_is_found(path: str) -> None:
    assert oversized(path, "x = 1\n" * 300) == []
    assert oversized(path, "x = 1\n" * 301) == [f"{path}: 301 lines, at most 300"]


@pytest.mark.parametrize("head", ["def f():", "async def f():"])
@pytest.mark.parametrize(("path", "limit"), [("services/work/task.py", 25), ("resolvers/task.py", 8)])
def test_long_function_is_found(path: str, limit: int, head: str) -> None:
    body = head + "\n    x = 1" * limit
    assert oversized(path, body) == []
    assert oversized(path, body + "\n    y = 1") == [f"{path}:1: f has {limit + 1} lines of code, at most {limit}"]


def test_docstrings_comments_and_blank_lines_do_not_count() -> None:
    padding = '\n    """One.\n\n    Two.\n    """' + "\n\n    # why" * 30
    assert oversized("services/work/task.py", "def f():" + padding + "\n    x = 1" * 25) == []


def test_long_method_is_found() -> None:
    source = "class A:\n    def f(self):" + LONG_BODY.replace("    ", "        ")
    assert oversized("services/work/task.py", source) == ["services/work/task.py:2: f has 26 lines of code, at most 25"]


def test_test_functions_may_be_long() -> None:
    assert oversized("tests/api/test_task.py", "def test_it():" + "\n    x = 1" * 200) == []


def test_exceptions_are_needed() -> None:
    assert unused_exceptions(sources()) == []


def test_unneeded_exception_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sizes.EXCEPTIONS, ("services/work/task.py", "create_task"), "short enough")
    assert unused_exceptions(sources()) == [("services/work/task.py", "create_task")]


def test_exception_permits_a_long_function(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sizes.EXCEPTIONS, ("services/work/task.py", "f"), "a table of cases")
    assert oversized("services/work/task.py", "def f():" + LONG_BODY) == []
