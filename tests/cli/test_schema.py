"""`allotment schema`."""

from pathlib import Path

import pytest
from typer.testing import Result

from schema.schema import build_schema
from server.cli.schema import MAX_DIFF_LINES
from tests.support.command_line import command_runner


def allotment(*arguments: str) -> Result:
    return command_runner("sqlite://")("schema", *arguments)


@pytest.fixture(scope="module")
def sdl() -> str:
    return f"{build_schema().as_str()}\n"


def test_schema_is_printed(sdl: str) -> None:
    result = allotment()
    assert (result.exit_code, result.stdout) == (0, sdl)


def test_written_file_passes_the_check(tmp_path: Path, sdl: str) -> None:
    file = tmp_path / "schema.graphql"
    assert allotment("--out", str(file)).exit_code == 0
    assert file.read_text(encoding="utf-8") == sdl
    assert allotment("--check", str(file)).exit_code == 0


@pytest.mark.parametrize("content", ["", "type Query {\n  old: Int\n}\n", None])
def test_outdated_file_fails_the_check(tmp_path: Path, sdl: str, content: str | None) -> None:
    file = tmp_path / "schema.graphql"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    result = allotment("--check", str(file))
    assert result.exit_code == 1
    assert f"allotment schema --out {file}" in result.stderr
    assert "+++ schema of the code" in result.stderr or content is None


def test_check_prints_the_changed_lines(tmp_path: Path, sdl: str) -> None:
    file = tmp_path / "schema.graphql"
    file.write_text(sdl.replace("\ntype Query {\n", "\ntype Query {\n  old: Int\n"), encoding="utf-8")
    result = allotment("--check", str(file))
    assert result.exit_code == 1
    assert "\n type Query {\n-  old: Int\n" in result.stderr
    assert "more lines" not in result.stderr


def test_printed_diff_is_limited(tmp_path: Path, sdl: str) -> None:
    file = tmp_path / "schema.graphql"
    file.touch()
    *diff, omitted, remedy = allotment("--check", str(file)).stderr.splitlines()
    added = len(sdl.splitlines())
    assert len(diff) == MAX_DIFF_LINES
    assert omitted == f"… and {added + 3 - MAX_DIFF_LINES:,} more lines"  # 3 lines of header
    assert remedy.endswith(f"allotment schema --out {file}")


def test_missing_line_break_at_end_of_file_fails_the_check(tmp_path: Path, sdl: str) -> None:
    file = tmp_path / "schema.graphql"
    file.write_text(sdl.rstrip("\n"), encoding="utf-8")
    assert allotment("--check", str(file)).exit_code == 1


def test_file_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    result = allotment("--out", str(tmp_path / "missing" / "schema.graphql"))
    assert result.exit_code == 1
    assert result.stderr.startswith("allotment: ")
    assert "missing" in result.stderr
