"""`allotment import` of malformed files: a message with the line, and nothing is written."""

from pathlib import Path

import pytest

from models import ImportProgress, Task
from server.cli.transfer.lines import MAX_RECORD_BYTES
from tests.cli.transfer_helpers import run_import
from tests.support.app_fixture import AppFixture
from tests.support.command_line import CommandRunner
from tests.support.sample_data import fetch_table

pytestmark = pytest.mark.slow

LONG = b"x" * MAX_RECORD_BYTES
MALFORMED = {
    "csv": [
        (b"", "line 1: The file is empty"),
        (b"\n\n", "line 1: The file is empty"),
        (b"\xef\xbb\xbf", "line 1: The file is empty"),
        (b"title\nDig\nS\xfcw\n", "line 3: Byte 2 of the line is not UTF-8"),
        ("title\nDig\n".encode("utf-16"), "line 1: "),
        (b"title\nDig\0\n", "line 2: The line contains the character NUL"),
        (b"title,priority\nDig,LOW\nSow\n", "line 3: The row has 1 cells, but the first row has 2 names"),
        (b"title\nDig,LOW\n", "line 2: The row has 2 cells"),
        (b'title\n"Dig\nSow\n', "line 2: The row is not valid CSV"),
        (b'title\n"a\nb"\n"Dig"x\n', "line 4: The row is not valid CSV"),
        (b"title\rDig\rSow\r", "line 1: The row is not valid CSV"),
        (b"title\n" + 10 * LONG + b"\n", "line 2: The row is longer than"),
        (b'title\nDig\n"' + b"x\n" * MAX_RECORD_BYTES, "The row is longer than"),
        (b"title,title\nDig,Sow\n", "line 1: Each column must occur once: title"),
        (b"title,color,due\nDig,red,\n", "line 1: Unknown columns: color, due. There are: title, description"),
        (b"title;priority\nDig;LOW\n", "line 1: Unknown columns: title;priority"),
        (b"priority\nLOW\n", "line 1: Required columns are missing: title"),
        (b"id,version\ntask_1,1\n", "line 1: No column can be imported"),
    ],
    "jsonl": [
        (b"", "The file is empty"),
        (b'{"title": "Dig"}\n{"title": "S', "line 2: The line is not valid JSON"),
        (b'{"title": "Dig"}\n\n["Sow"]\n', "line 3: The line is not a JSON object"),
        (b'{"title": "Dig"}\n{"title": "Sow", "color": 1}\n', "line 2: Unknown columns: color"),
        (b'{"title": "\\ud800"}\n', "line 1: The line is not valid JSON"),
        (b'{"title": "' + LONG + b'"}\n', "line 1: The row is longer than"),
        (b"[" * 100_000, "line 1: The line is not valid JSON"),
    ],
}
CASES = [(ending, content, message) for ending, cases in MALFORMED.items() for content, message in cases]


@pytest.mark.only("sqlite")
@pytest.mark.parametrize("case", CASES, ids=range(len(CASES)))
async def test_malformed_file_is_refused(
    case: tuple[str, bytes, str], allotment: CommandRunner, app_fixture: AppFixture, tmp_path: Path
) -> None:
    ending, content, message = case
    file = tmp_path / f"tasks.{ending}"
    file.write_bytes(content)
    result = await run_import(allotment, file)
    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"allotment: {file}")
    assert message in line
    assert len(line) < 1000
    for model in (Task, ImportProgress):
        assert await fetch_table(app_fixture.tenant, model) == []


@pytest.mark.only("sqlite")
@pytest.mark.parametrize(
    ("ending", "content"),
    [
        ("csv", b'\xef\xbb\xbftitle,priority\r\nDig,LOW\r\n\r\n"S\r\now",\r\n'),
        ("csv", b'title\nDig\n"S\r\now"'),
        ("jsonl", b'\xef\xbb\xbf{"title": "Dig"}\r\n\r\n{"title": "S\\r\\now", "priority": "LOW"}'),
    ],
)
async def test_byte_order_mark_line_breaks_and_empty_lines_are_accepted(
    ending: str, content: bytes, allotment: CommandRunner, app_fixture: AppFixture, tmp_path: Path
) -> None:
    """A title must be a single line, so that the second row is rejected because of its line break, which was read."""
    file = tmp_path / f"tasks.{ending}"
    file.write_bytes(content)
    result = await run_import(allotment, file)
    assert (result.exit_code, result.stdout) == (1, "Rows imported: 1.\n")
    assert [row["title"] for row in await fetch_table(app_fixture.tenant, Task)] == ["Dig"]
    assert b"S\r\now" in (tmp_path / f"tasks.errors.{ending}").read_bytes().replace(b"\\r\\n", b"\r\n")


@pytest.mark.only("sqlite")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("missing.csv", "--type", "task", "--tenant", "here"), "missing.csv: No such file"),
        (("tasks.txt", "--type", "task", "--tenant", "here"), "--format: Pass csv or jsonl"),
        (
            ("tasks.csv", "--type", "order", "--tenant", "here"),
            "--type: order is not one of team, worker, project, task",
        ),
        (("tasks.csv", "--type", "article", "--tenant", "here"), "--type: article is not one of"),
        (("tasks.csv", "--type", "task", "--tenant", "nowhere"), "tenant: There is no tenant nowhere."),
        (("tasks.csv", "--type", "task", "--tenant", "here", "--resume", "--dry-run"), "--resume: Pass it without"),
    ],
)
def test_wrong_options_are_refused(
    arguments: tuple[str, ...], message: str, allotment: CommandRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("tasks.csv", "tasks.txt"):
        (tmp_path / name).write_text("title\nDig\n")
    result = allotment("import", *arguments)
    assert result.exit_code == 1
    assert message in result.stderr
