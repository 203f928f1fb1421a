"""The options of an import, and its result."""

from dataclasses import dataclass
from pathlib import Path

from server.cli.errors import CommandFailed
from server.cli.transfer.file_format import FileFormat, choose_format

STANDARD_INPUT = Path("-")


@dataclass(frozen=True)
class ImportOptions:
    """The options of `allotment import`."""

    file: Path
    noun: str
    tenant: str
    email: str | None = None
    file_format: FileFormat | None = None
    chunk: int = 1000
    errors: Path | None = None
    dry_run: bool = False
    resume: bool = False
    restart: bool = False

    @property
    def chosen_format(self) -> FileFormat:
        """The format of the option or of the file's ending."""
        return choose_format(self.file_format, None if self.file == STANDARD_INPUT else self.file)

    @property
    def errors_path(self) -> Path:
        """Where rejected rows are written. Raises CommandFailed if that is the file itself, or in no folder."""
        standard_input = Path(f"import.{self.chosen_format}")
        file = standard_input if self.file == STANDARD_INPUT else self.file
        path = self.errors or file.with_name(f"{file.stem}.errors{file.suffix or f'.{self.chosen_format}'}")
        if path.exists() and self.file.exists() and path.samefile(self.file):
            raise CommandFailed("--errors: Pass another file than the one to import.")
        if not path.parent.is_dir():
            raise CommandFailed(f"--errors: There is no folder {path.parent}.")
        return path


@dataclass
class ImportResult:
    """What an import has done."""

    errors: Path
    accepted: int = 0
    """The number of rows that this run has imported."""
    rejected: int = 0
    """The number of rows that this run or an earlier one has rejected."""
    skipped: int = 0
    """The number of rows that an earlier run had imported or rejected."""
    position: int = 0
    """The number of rows that are imported or rejected."""
