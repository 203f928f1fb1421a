"""The operations, answers and commands of every document are those of the application with the demo data."""

from pathlib import Path

import httpx
import pytest

from server.config.paths import PROJECT_ROOT
from tests.checks.links import documents
from tests.docs.blocks import parse_blocks
from tests.docs.page_runner import UNTESTED_LANGUAGES, PageRunner


def _has_examples(page: Path) -> bool:
    return any(block.language not in UNTESTED_LANGUAGES for block in parse_blocks(page.read_text(encoding="utf-8")))


PAGES = [page.relative_to(PROJECT_ROOT).as_posix() for page in documents(PROJECT_ROOT) if _has_examples(page)]


@pytest.mark.parametrize("page", PAGES)
async def test_examples_run_as_shown(page: str, http: httpx.AsyncClient) -> None:
    blocks = parse_blocks((PROJECT_ROOT / page).read_text(encoding="utf-8"))
    problems = await PageRunner(http).run(blocks)
    assert not problems, "\n".join(problems)
