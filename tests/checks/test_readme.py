"""The README names what there is to set and to run."""

import re
from pathlib import Path

from server.settings import Settings, variable_name
from services.errors import Code

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_setting_is_named() -> None:
    assert [name for name in map(variable_name, Settings.model_fields) if f"| `{name}` |" not in README] == []


def test_every_code_of_a_user_error_is_named() -> None:
    assert [code.value for code in Code if f"`{code.value}`" not in README] == []


def test_every_target_of_make_is_named() -> None:
    targets = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert [name for name in targets if name != "help" and f"`make {name}`" not in README] == []


def test_every_guide_is_named() -> None:
    pages = {page.name for page in (ROOT / "docs").glob("*.md")}
    assert {name for name in pages if f"docs/{name}" not in README} == set()
