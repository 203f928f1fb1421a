"""Every command of docs/operations.md is run, in the order of the page, or says why it is not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from tests.harness.cluster_setup import prepare_programs
from tests.harness.os_user import OsUser
from tests.harness.processes import crash_server
from tests.harness.session_directory import SessionDirectory
from tests.operations.handbook import Shell, read_blocks
from tests.operations.scenario import Scenario
from tests.support.checkout_copy import CheckoutCopy
from tests.support.proxies import free_port
from tests.support.smtp_server import SmtpServer

CLUSTERS = ("main", "restored", "new")


@pytest.fixture
def scenario(tmp_path: Path) -> Iterator[Scenario]:
    """A checkout, folders and ports of the test's own."""
    directory = SessionDirectory.create()
    programs, user = prepare_programs(directory), OsUser.current()
    for name in ("postgresql", "backups", "exports"):
        (directory.path / name).mkdir()
        user.chown(directory.path / name)
    mail = Controller(SmtpServer(), hostname="127.0.0.1", port=free_port())
    mail.start()
    checkout, port, http_port = CheckoutCopy(tmp_path / "allotment"), free_port(), free_port()
    replacements = {
        "/srv/allotment": str(checkout.root),
        "/srv/postgresql": str(directory.path / "postgresql"),
        "/srv/backups": str(directory.path / "backups"),
        "/srv/exports": str(directory.path / "exports"),
        # The test has neither the user of the service nor, in general, the user `postgres`.
        "--owner=allotment --group=allotment ": "",
        "--auth-local=peer": "--auth-local=trust",
        "db.example.com": f"127.0.0.1:{port}",
        "mail.example.com:25": f"127.0.0.1:{mail.port}",
        "127.0.0.1:8000": f"127.0.0.1:{http_port}",
    }
    # PostgreSQL's programs, and the server itself, take their port and the folder of their socket from these.
    environment = {"PGPORT": str(port), "PGHOST": "/tmp", "PYTHONPATH": str(checkout.root), "PORT": str(http_port)}  # noqa: S108
    environment |= {"WORKERS": "1", "BCRYPT_ROUNDS": "10"}
    shell = Shell(programs.bin_folder, replacements, environment)
    scenario = Scenario(shell, tmp_path, programs, port)
    yield scenario
    scenario.stop_server()
    mail.stop()
    for name in CLUSTERS:
        crash_server(directory.path / "postgresql" / name)
    directory.close()


def test_every_block_is_run_or_says_why_not() -> None:
    """Blocks of `bash` are run below; of others, the page would have to say how they are tested."""
    assert [block.line for block in read_blocks() if block.language != "bash"] == []
    assert [block.line for block in read_blocks() if "systemctl" in block.text and not block.skip_reason] == []
    assert len([block for block in read_blocks() if not block.skip_reason]) > len(read_blocks()) / 2


@pytest.mark.slow
def test_commands_of_the_page(scenario: Scenario) -> None:
    for block in read_blocks():
        if block.skip_reason:
            continue
        for name in block.options.get("before", []):
            getattr(scenario, name)()
        try:
            scenario.shell.run(block.text, as_postgres=block.option("as") == "postgres")
        except AssertionError as error:
            raise AssertionError(f"docs/operations.md:{block.line}: {error}") from error
        for name in block.options.get("after", []):
            getattr(scenario, name)()
