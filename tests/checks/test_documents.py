"""Documents name every setting, code and command, and the links and paths in them exist."""

import re
from pathlib import Path

import pytest

from server.config.paths import PROJECT_ROOT
from server.config.settings import Settings, variable_name
from services.core.errors import Code
from tests.checks.links import broken_links, documents, missing_paths
from website.anchors import anchors

PAGES = documents(PROJECT_ROOT)


def _read(path: str) -> str:
    return (PROJECT_ROOT / path).read_text(encoding="utf-8")


def test_every_setting_is_documented() -> None:
    page = _read("docs/settings.md")
    assert [name for name in map(variable_name, Settings.model_fields) if f"| `{name}` |" not in page] == []


def test_every_user_error_code_is_documented() -> None:
    page = _read("docs/contract.md")
    assert [code.value for code in Code if f"`{code.value}`" not in page] == []


def test_every_make_target_is_documented_as_in_its_help() -> None:
    helps = re.findall(r"^([a-z-]+):.*## (.*)$", _read("Makefile"), re.MULTILINE)
    page = re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", _read("docs/cli.md").replace("`", ""))
    described = dict(re.findall(r"^\| make ([a-z-]+) \| (.*) \|$", page, re.MULTILINE))
    expected = {name: text[0].lower() + text[1:] for name, text in helps if name != "help"}
    assert described.keys() == expected.keys()
    assert [
        name for name, text in expected.items() if not re.match(re.escape(text) + "([;:]|$)", described[name])
    ] == []


def test_every_guide_is_linked_from_the_readme() -> None:
    readme = _read("README.md")
    assert [page.name for page in (PROJECT_ROOT / "docs").glob("*.md") if f"(docs/{page.name}" not in readme] == []


def test_llms_txt_links_every_guide_with_a_description() -> None:
    """The format is that of https://llmstxt.org: a title, a summary, and sections of links."""
    page = PROJECT_ROOT / "docs" / "llms.txt"
    text = page.read_text(encoding="utf-8")
    assert re.match(r"# \w+\n\n> .+\n", text)
    sections = re.split(r"^## .+$", text, flags=re.MULTILINE)[1:]
    lines = [line for section in sections for line in section.strip().splitlines()]
    links = [re.fullmatch(r"- \[.+\]\((.+)\): .+", line) for line in lines]
    assert None not in links
    targets = [link[1] for link in links if link is not None]
    assert len(set(targets)) == len(targets)
    guides = {guide.name for guide in (PROJECT_ROOT / "docs").glob("*.md")}
    assert {target for target in targets if not target.startswith("../")} == guides
    assert broken_links(page, PROJECT_ROOT) == []


def test_every_decision_is_in_the_index_once_in_order_and_has_a_status() -> None:
    folder = PROJECT_ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    decisions = sorted(folder.glob("0*.md"))
    assert re.findall(r"^\| \[\d{4}\]\((.+?)\)", index, re.MULTILINE) == [page.name for page in decisions]
    assert [page.name for page in decisions if "\nStatus: " not in page.read_text(encoding="utf-8")] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(PROJECT_ROOT).as_posix())
def test_links_and_paths_exist(page: Path) -> None:
    assert broken_links(page, PROJECT_ROOT) + missing_paths(page, PROJECT_ROOT) == []


def test_broken_links_are_found(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# A `heading`, here\n")
    page = tmp_path / "page.md"
    page.write_text(
        "# Own\n[a](other.md#a-heading-here) [b](#own) [c](https://example.com/x)\n"
        "[d](other.md#gone) [e](gone.md) [f](#gone) `[g](code.md)` [h](https:/example.com)\n```\n[h](block.md)\n```\n"
    )
    assert broken_links(page, tmp_path) == [
        f"page.md: {target} does not exist" for target in ("other.md#gone", "gone.md", "#gone", "https:/example.com")
    ]


def test_missing_paths_are_found(tmp_path: Path) -> None:
    (tmp_path / "services").mkdir()
    (tmp_path / "services" / "task.py").write_text("")
    page = tmp_path / "page.md"
    page.write_text("`services/task.py` `services/gone.py` `services/` `elsewhere/x.py` `application/json`")
    assert missing_paths(page, tmp_path) == ["page.md: `services/gone.py` does not exist"]


def test_anchors_are_those_of_github() -> None:
    text = "# Database URLs\n```\n# no heading\n```\n## `where`, and [more](x.md)!\n## Database URLs\n"
    assert list(anchors(text)) == ["database-urls", "where-and-more", "database-urls-1"]
