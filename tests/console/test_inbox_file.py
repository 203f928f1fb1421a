"""The file with the emails that a development server did not send."""

import logging
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from server.config.database_url import parse_database_url
from server.config.paths import PROJECT_ROOT
from server.console import inbox_file
from server.console.inbox_file import MAX_EMAILS, InboxFile, InboxMailer, inbox_path
from services.core.email import Email


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The path of a file that does not exist yet."""
    return tmp_path / "inbox"


def email(number: int, text: str = "Hello\n\u2028\0 ü <b>") -> Email:
    return Email(f"{number}@example.com", f"Subject {number}", text)


def test_newest_email_is_first(path: Path) -> None:
    inbox = InboxFile(path)
    assert inbox.load() == []
    for number in range(3):
        inbox.append(email(number))
    emails = InboxFile(path).load()
    assert [entry.subject for entry in emails] == ["Subject 2", "Subject 1", "Subject 0"]
    assert emails[0].to == "2@example.com"
    assert emails[0].text == email(0).text
    assert emails[0].sentAt.endswith("Z")
    assert len({entry.id for entry in emails}) == 3


def test_only_the_newest_emails_are_returned(path: Path) -> None:
    inbox = InboxFile(path)
    for number in range(MAX_EMAILS + 5):
        inbox.append(email(number))
    subjects = [entry.subject for entry in inbox.load()]
    assert subjects == [f"Subject {number}" for number in range(MAX_EMAILS + 4, 4, -1)]


def test_file_does_not_grow_without_bound(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox_file, "MAX_FILE_BYTES", 3_000)
    monkeypatch.setattr(inbox_file, "MAX_EMAILS", 5)
    inbox, sizes = InboxFile(path), []
    for number in range(100):
        inbox.append(email(number))
        sizes.append(path.stat().st_size)
    assert max(sizes) <= 3_000
    assert [entry.subject for entry in inbox.load()] == [f"Subject {number}" for number in range(99, 94, -1)]


def test_only_the_user_of_the_server_can_read_the_file(path: Path) -> None:
    path.touch(0o644)
    InboxFile(path).append(email(1))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_symbolic_link_is_not_followed(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    path.symlink_to(target)
    with pytest.raises(OSError, match="symbolic links"):
        InboxFile(path).append(email(1))
    assert not target.exists()


@pytest.mark.parametrize("damage", [b'{"id": "1", "to', b"\xff\xfe\n", b'{"id": 1}\n', b"[]\n", b"null\n", b"\n"])
def test_incomplete_line_hides_no_other_email(path: Path, damage: bytes) -> None:
    inbox = InboxFile(path)
    inbox.append(email(1))
    path.write_bytes(path.read_bytes() + damage)
    inbox.append(email(2))
    assert [entry.subject for entry in inbox.load()] == ["Subject 2", "Subject 1"]


def test_concurrent_writers_lose_no_email(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox_file, "MAX_FILE_BYTES", 2_000)  # so that emails are deleted meanwhile
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: InboxFile(path).append(email(number)), range(MAX_EMAILS)))
        assert sorted(entry.subject for entry in InboxFile(path).load()) == sorted(
            f"Subject {number}" for number in range(MAX_EMAILS)
        )


async def test_email_is_logged_although_the_inbox_cannot_be_written(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "allotment.mail")
    await InboxMailer(InboxFile(tmp_path / "missing" / "inbox")).send(email(1))
    assert "Email to 1@example.com: Subject 1" in caplog.messages
    assert "The inbox of the console cannot be written" in caplog.text


def test_each_database_has_an_inbox() -> None:
    sqlite = parse_database_url("sqlite:////var/lib/allotment.db")
    assert inbox_path(sqlite) == Path("/var/lib/allotment.db-inbox")
    paths = {
        inbox_path(parse_database_url(f"postgresql://user:{password}@{host}/{name}"))
        for password, host, name in (("a", "db", "one"), ("b", "db", "one"), ("a", "db", "two"), ("a", "other", "one"))
    }
    assert len(paths) == 3
    assert {path.parent for path in paths} == {PROJECT_ROOT}
