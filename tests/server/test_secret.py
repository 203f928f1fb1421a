"""The secret that development keeps, whoever asks for it at the same time."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from server.checkout import CHECKOUT
from server.secret import kept_secret

# Waits for the go, so that all processes open the file at once.
ASK = """
import sys, pathlib, server.secret
input()
print(server.secret.kept_secret(pathlib.Path(sys.argv[1])))
"""


def test_processes_that_start_together_share_it(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    command = [sys.executable, "-c", ASK, str(file)]
    askers = [
        subprocess.Popen(command, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    answers = {asker.communicate("\n")[0].strip() for asker in askers}
    assert answers == {kept_secret(file)}
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


@pytest.mark.parametrize("left", [b"", b"half-of-one", b"\0" * 64, b"\xff" * 64])
def test_what_a_crash_left_is_replaced(tmp_path: Path, left: bytes) -> None:
    file = tmp_path / "secret"
    file.write_bytes(left)
    secret = kept_secret(file)
    assert len(secret) == 64
    assert file.read_text() == secret + "\n"


def test_one_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("k" * 40)
    file.chmod(0o644)
    assert kept_secret(file) == "k" * 40
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_mask_of_the_process_does_not_matter(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        kept_secret(tmp_path / "secret")
    finally:
        os.umask(before)
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600


def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic"):
        kept_secret(tmp_path / "secret")
    assert not (tmp_path / "elsewhere").exists()
