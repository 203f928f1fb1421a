"""The stored development secret, with concurrent access."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from server.config.paths import PROJECT_ROOT
from server.config.secret import load_or_create_secret

# Waits for input, so that all processes open the file at the same time.
SCRIPT = """
import sys, pathlib, server.config.secret
input()
print(server.config.secret.load_or_create_secret(pathlib.Path(sys.argv[1])))
"""


def test_concurrent_processes_share_one_secret(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    command = [sys.executable, "-c", SCRIPT, str(file)]
    processes = [
        subprocess.Popen(command, cwd=PROJECT_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    secrets = {process.communicate("\n")[0].strip() for process in processes}
    assert secrets == {load_or_create_secret(file)}
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


@pytest.mark.parametrize("content", [b"", b"half-of-one", b"\0" * 64, b"\xff" * 64])
def test_invalid_secret_file_is_replaced(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "secret"
    file.write_bytes(content)
    secret = load_or_create_secret(file)
    assert len(secret) == 64
    assert file.read_text() == secret + "\n"


def test_permissions_of_readable_file_are_restricted(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("k" * 40)
    file.chmod(0o644)
    assert load_or_create_secret(file) == "k" * 40
    assert file.stat().st_mode & 0o777 == 0o600


def test_permissions_do_not_depend_on_umask(tmp_path: Path) -> None:
    umask = os.umask(0)
    try:
        load_or_create_secret(tmp_path / "secret")
    finally:
        os.umask(umask)
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600


def test_symbolic_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic"):
        load_or_create_secret(tmp_path / "secret")
    assert not (tmp_path / "elsewhere").exists()
