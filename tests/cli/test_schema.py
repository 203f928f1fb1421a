"""`allotment schema`."""

from pathlib import Path

import pytest
from typer.testing import Result

from schema.schema import make_schema
from tests.support.command_line import on


def allotment(*arguments: str) -> Result:
    return on("sqlite://")("schema", *arguments)


@pytest.fixture(scope="module")
def sdl() -> str:
    return f"{make_schema().as_str()}\n"


def test_it_prints_the_schema(sdl: str) -> None:
    result = allotment()
    assert (result.exit_code, result.stdout) == (0, sdl)


def test_it_writes_a_file_that_it_then_accepts(tmp_path: Path, sdl: str) -> None:
    file = tmp_path / "schema.graphql"
    assert allotment("--out", str(file)).exit_code == 0
    assert file.read_text(encoding="utf-8") == sdl
    assert allotment("--check", str(file)).exit_code == 0


@pytest.mark.parametrize("kept", ["", "type Query {\n  old: Int\n}\n", None])
def test_a_file_that_says_otherwise_is_refused(tmp_path: Path, sdl: str, kept: str | None) -> None:
    file = tmp_path / "schema.graphql"
    if kept is not None:
        file.write_text(kept, encoding="utf-8")
    result = allotment("--check", str(file))
    assert result.exit_code == 1
    assert f"allotment schema --out {file}" in result.stderr
    assert "+type Query {" in result.stderr or " type Query {" in result.stderr


def test_a_missing_line_break_at_the_end_is_a_difference(tmp_path: Path, sdl: str) -> None:
    file = tmp_path / "schema.graphql"
    file.write_text(sdl.rstrip("\n"), encoding="utf-8")
    assert allotment("--check", str(file)).exit_code == 1


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    result = allotment("--out", str(tmp_path / "missing" / "schema.graphql"))
    assert result.exit_code == 1
    assert result.stderr.startswith("allotment: ")
    assert "missing" in result.stderr
