"""Files and functions stay short, and long ones are found."""

import pytest

from tests.checks.sizes import oversized
from tests.checks.sources import sources


def test_our_files_and_functions_are_short() -> None:
    assert [line for path, source in sources().items() for line in oversized(path, source)] == []


@pytest.mark.parametrize("path", ["services/task.py", "tests/api/test_task.py"])
def test_a_long_file_is_found(path: str) -> None:
    assert oversized(path, "x = 1\n" * 300) == []
    assert oversized(path, "x = 1\n" * 301) == [f"{path}: 301 lines, at most 300"]


@pytest.mark.parametrize("head", ["def f():", "async def f():"])
def test_a_long_function_is_found(head: str) -> None:
    body = head + "\n    x = 1" * 39
    assert oversized("services/task.py", body) == []
    assert oversized("services/task.py", body + "\n    y = 1") == ["services/task.py:1: f has 41 lines, at most 40"]


def test_a_long_method_is_found() -> None:
    source = "class A:\n    def f(self):" + "\n        x = 1" * 40
    assert oversized("services/task.py", source) == ["services/task.py:2: f has 41 lines, at most 40"]


def test_a_test_may_be_long() -> None:
    assert oversized("tests/api/test_task.py", "def test_it():" + "\n    x = 1" * 200) == []
