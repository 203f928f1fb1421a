"""The Dockerfile: what the image contains, and as whom it runs. tests/long runs its steps."""

import re

from server.config.paths import PROJECT_ROOT
from tests.operations.container import DOCKERFILE, is_ignored
from tests.support.checkout_copy import list_files


def test_context_contains_what_the_server_needs() -> None:
    files = [path for path in list_files() if not is_ignored(path)]
    folders = {path.split("/")[0] for path in files}
    assert folders >= {"server", "schema", "models", "migrations", "console", "releases", "alembic.ini", "LICENSE"}
    assert folders.isdisjoint({"tests", "docs", "bench", "examples", ".git", ".venv"})
    assert {path for path in files if path.startswith("deploy/")} == {
        "deploy/healthcheck",
        "deploy/runtime-requirements",
    }


def test_image_runs_as_a_user_without_rights() -> None:
    text = DOCKERFILE.read_text()
    assert re.search(r"^USER 10001:10001$", text, re.MULTILINE)
    assert text.index("USER 10001") > text.index("COPY --from=console")
    assert len(re.findall(r"^FROM ", text, re.MULTILINE)) == 3
    check = re.search(r"CMD \[\"python\", \"(deploy/\S+)\"\]", text)
    assert check is not None
    assert (PROJECT_ROOT / check[1]).is_file()
