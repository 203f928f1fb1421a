"""Imports the rows of a file, chunk by chunk."""

import hashlib
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any, BinaryIO
from uuid import UUID

import typer

from database.authentication import Credentials
from database.engine import Database
from server.cli.database import run_with_database
from server.cli.errors import CommandFailed
from server.cli.transfer.error_file import ErrorFile
from server.cli.transfer.import_options import STANDARD_INPUT, ImportOptions, ImportResult
from server.cli.transfer.inspection import Inspection, inspect
from server.cli.transfer.lines import FileProblem, Lines
from server.cli.transfer.nouns import build_target, exported_columns, find_noun
from server.cli.transfer.principals import find_credentials
from server.cli.transfer.reading import FileRow, read_rows
from server.cli.transfer.seen_values import SeenValues
from server.config.settings import load_settings
from services.core.bulk_checks import find_missing_values
from services.core.bulk_result import BulkResult
from services.core.errors import Forbidden, Unauthenticated
from services.core.transfer import importing
from services.core.transfer.importing import ImportTarget, Problems, Progress
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import run_use_case


class _RolledBack(Exception):
    """Rolls a chunk back after its rows have been checked."""

    def __init__(self, problems: list[Problems]) -> None:
        super().__init__()
        self.problems = problems


def run_import(options: ImportOptions) -> ImportResult:
    """Import a file. Raises CommandFailed if it is malformed or cannot be imported as the options say."""
    noun = find_noun(options.noun, to_import=True)
    target, file_format = build_target(noun), options.chosen_format
    read_only = [column.name for column in exported_columns(noun) if column.name not in target.columns]
    with _open(options) as file:
        try:
            inspection = inspect(file, file_format, target.columns.keys(), read_only)
            _check_required(target, inspection)
        except FileProblem as problem:
            raise CommandFailed(f"{options.file}, {problem}") from None
        if ignored := [name for name in inspection.names if name in read_only]:
            typer.echo(f"Ignored columns: {', '.join(ignored)}.", err=True)
        rows = read_rows(Lines(file), file_format)
        errors = ErrorFile(options.errors_path, file_format, inspection.names)
        with closing(SeenValues(target.model)) as seen:
            if options.dry_run:
                target = _without_repeated_values(target, seen)
            return run_with_database(
                load_settings(), lambda database: _Import(database, options, target, errors, seen).run(rows, inspection)
            )


def _without_repeated_values(target: ImportTarget, seen: SeenValues) -> ImportTarget:
    """Return a target that rejects unique values of earlier chunks, which a dry run has rolled back."""

    async def create(*arguments: Any) -> BulkResult:
        result = await target.create(*arguments)
        seen.reject_repeated(result)
        return result

    return replace(target, create=create)


@contextmanager
def _open(options: ImportOptions) -> Iterator[BinaryIO]:
    """Open the file, which is read twice; standard input is copied to a temporary file first."""
    if options.file != STANDARD_INPUT:
        with options.file.open("rb") as file:
            yield file
        return
    with tempfile.TemporaryFile() as copy:
        shutil.copyfileobj(sys.stdin.buffer, copy)
        copy.seek(0)
        yield copy


def _check_required(target: ImportTarget, inspection: Inspection) -> None:
    """Raise CommandFailed if the file has no column from which a required column could be filled."""
    present = {target.columns[name].field for name in inspection.names if name in target.columns}
    required = {name for problem in find_missing_values(target.model, {}) for name in problem.field}
    if missing := [name for name, column in target.columns.items() if column.field in required - present]:
        raise FileProblem(1, f"Required columns are missing: {', '.join(missing)}.")


class _Import:
    """An import into a database."""

    def __init__(
        self, database: Database, options: ImportOptions, target: ImportTarget, errors: ErrorFile, seen: SeenValues
    ) -> None:
        self._database = database
        self._seen = seen
        self._options = options
        self._target = target
        self._errors = errors
        self._credentials = Credentials()
        self._progress_id = UUID(int=0)

    async def run(self, rows: Iterator[FileRow], inspection: Inspection) -> ImportResult:
        """Import the rows that no earlier run has imported."""
        self._credentials, tenant_id = await find_credentials(self._database, self._options.tenant, self._options.email)
        key = b"".join((tenant_id.bytes, self._options.noun.encode(), inspection.digest))
        self._progress_id = UUID(bytes=hashlib.sha256(key).digest()[:16])
        done = await self._begin(inspection.rows)
        self._errors.open_at(done.errors_size)
        result = ImportResult(self._errors.path, rejected=done.rejected, skipped=done.rows, position=done.rows)
        remaining = islice(rows, done.rows, None)
        hidden = not sys.stderr.isatty()
        with typer.progressbar(length=inspection.rows, label="Rows", hidden=hidden, file=sys.stderr) as bar:
            bar.update(done.rows)
            while chunk := list(islice(remaining, self._options.chunk)):
                await self._import_chunk(chunk, result)
                bar.update(len(chunk))
        return result

    async def _begin(self, total: int) -> Progress:
        """Return what an earlier run has completed. Raises CommandFailed unless the options say what to do with it."""
        options = self._options
        found: Progress | None = await self._run(
            partial(importing.find_progress, target=self._target, id=self._progress_id)
        )
        if found is not None and options.resume:
            return found
        if found is not None and found.rows and not options.restart:
            state = f"{found.rows:,} of the {total:,} rows of this file are imported or rejected already"
            raise CommandFailed(f"{state}. Continue with --resume, or import them again with --restart.")
        if not options.dry_run:
            await self._run(partial(importing.begin_import, target=self._target, id=self._progress_id))
        return Progress()

    async def _import_chunk(self, chunk: Sequence[FileRow], result: ImportResult) -> None:
        """Import a chunk in one transaction. The errors file is written before the commit, and its size is part of the
        progress, so that both agree after an interruption."""
        columns, size = self._target.columns, self._errors.size

        def write_errors(problems: Sequence[Problems]) -> int:
            nonlocal size
            size = self._errors.write(chunk, problems)
            return size

        rows = [{name: value for name, value in row.values.items() if name in columns} for row in chunk]
        before = None if self._options.dry_run else (self._progress_id, result.position)
        problems = await self._run(partial(self._write, rows=rows, write_errors=write_errors, before=before))
        self._errors.size = size
        self._seen.complete_chunk()
        rejected = sum(1 for found in problems if found)
        result.rejected += rejected
        result.accepted += len(chunk) - rejected
        result.position += len(chunk)

    async def _write(self, work: UnitOfWork, *, rows: Any, write_errors: Any, before: Any) -> list[Problems]:
        problems = await importing.import_chunk(work, self._target, rows, write_errors, before)
        if self._options.dry_run:
            raise _RolledBack(problems)
        return problems

    async def _run(self, use_case: Any) -> Any:
        try:
            return await run_use_case(self._database, self._credentials, use_case)
        except _RolledBack as rolled_back:
            return rolled_back.problems
        except (Forbidden, Unauthenticated) as error:
            raise CommandFailed(f"--as: {self._options.email} may not create this in the tenant. {error}") from None
