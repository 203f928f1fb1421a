"""Exports the rows of a noun to a file."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import typer

from database.engine import Database
from database.reader import Reader
from queries.lists import PageQuery, select_count
from schema.noun import Noun
from server.cli.database import run_with_database
from server.cli.transfer.file_format import FileFormat, choose_format
from server.cli.transfer.nouns import exported_columns, find_noun
from server.cli.transfer.principals import find_credentials
from server.cli.transfer.writing import RowEncoder
from server.config.settings import load_settings
from services.core.transfer.exporting import export_pages


def run_export(noun_name: str, slug: str, output: Path | None, file_format: FileFormat | None) -> int:
    """Export all rows of a noun in a tenant, and return their number."""
    noun = find_noun(noun_name)
    chosen = choose_format(file_format or (None if output else FileFormat.CSV), output)

    async def export(database: Database) -> int:
        with _open(output) as file:
            return await _export(database, noun, slug, file, chosen)

    return run_with_database(load_settings(), export)


@contextmanager
def _open(output: Path | None) -> Iterator[BinaryIO]:
    """Open the file under another name until it is complete, or standard output."""
    if output is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    partial = output.with_name(f"{output.name}.partial")
    try:
        with partial.open("wb") as file:
            yield file
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)


async def _export(database: Database, noun: Noun, slug: str, file: BinaryIO, file_format: FileFormat) -> int:
    credentials, _ = await find_credentials(database, slug)
    columns, reader, count = exported_columns(noun), Reader(database, credentials), 0
    encoder = RowEncoder(file_format, [column.name for column in columns])
    try:
        total = (await reader.rows(select_count(noun.model, PageQuery())))[0][0]
        file.write(encoder.header())
        hidden = file.isatty() or not sys.stderr.isatty()
        with typer.progressbar(length=total, label="Rows", hidden=hidden, file=sys.stderr) as bar:
            async for page in export_pages(reader, noun.model, columns):
                file.write(encoder.encode(page))
                count += len(page)
                bar.update(len(page))
    finally:
        await reader.close()
    return count
