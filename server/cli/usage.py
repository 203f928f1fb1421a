"""`allotment usage`."""

import datetime
import re
from typing import TYPE_CHECKING, Annotated

import typer

from server.cli.errors import CommandFailed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from graphql import GraphQLSchema

    from database.engine import Database
    from server.cli.usage_lines import StoredUsage
    from server.monitoring.usage_report import DocumentUse

_DAYS = re.compile(r"(\d{1,4})d")


def usage(
    since: Annotated[
        str, typer.Option(metavar="DAYS|DATE", help="Since so many days (90d), or since a day (2026-11-01).")
    ] = "30d",
    client: Annotated[str | None, typer.Option(metavar="NAME", help="Only this client.")] = None,
    unused: Annotated[bool, typer.Option("--unused", help="List the fields that no client has used.")] = False,
    field: Annotated[
        str | None, typer.Option(metavar="TYPE.FIELD", help="List the clients and documents that use a field.")
    ] = None,
) -> None:
    """Report which clients use which fields, as recorded with RECORD_USAGE=true.

    Without options, lists the clients and the deprecated fields. A deprecated field that no client has used for long
    enough may be removed.

    \b
    allotment usage
    allotment usage --unused --since 90d
    allotment usage --field Task.description
    allotment usage --client web
    """
    if unused and (field or client):
        raise typer.BadParameter("works without --field and --client.", param_hint="--unused")
    for line in _report(_parse_since(since), client, field, unused=unused):
        typer.echo(line)


def _report(since: datetime.date, client: str | None, field: str | None, *, unused: bool) -> "Iterable[str]":
    from server.app import load_graphql_schema
    from server.cli import usage_lines

    schema = load_graphql_schema()
    if field is not None:
        _check_field(schema, field)
    stored = _load(since, client, field)
    yield from usage_lines.describe_period(stored, since)
    if field is not None:
        yield from usage_lines.describe_field(stored, field)
    elif unused:
        yield from usage_lines.list_unused(schema, stored)
    elif client is not None:
        yield from usage_lines.list_fields(schema, stored)
    else:
        yield from usage_lines.list_clients(schema, stored)


def _load(since: datetime.date, client: str | None, field: str | None) -> "StoredUsage":
    from server.cli.database import run_with_database
    from server.cli.usage_lines import StoredUsage
    from server.config.settings import load_settings
    from server.monitoring.usage_report import load_clients, load_documents, load_fields, load_first_day

    async def load(database: "Database") -> StoredUsage:
        async with database.read_engine.connect() as connection:
            return StoredUsage(
                await load_first_day(connection),
                await load_clients(connection, since),
                await load_fields(connection, since, client),
                [] if field is None else _of_client(await load_documents(connection, since, field), client),
            )

    return run_with_database(load_settings(), load)


def _of_client(documents: "Sequence[DocumentUse]", client: str | None) -> "list[DocumentUse]":
    return [each for each in documents if client in (None, each.use.client.name)]


def _parse_since(text: str) -> datetime.date:
    """Return the first day of the period."""
    from models.base import utc_now

    try:
        if match := _DAYS.fullmatch(text):
            return utc_now().date() - datetime.timedelta(days=int(match[1]))
        return datetime.date.fromisoformat(text)
    except (ValueError, OverflowError):
        raise typer.BadParameter("write a number of days (30d) or a day (2026-11-01).", param_hint="--since") from None


def _check_field(schema: "GraphQLSchema", field: str) -> None:
    """Raise CommandFailed unless the schema has the field."""
    from server.cli.usage_lines import schema_fields

    if field not in schema_fields(schema):
        raise CommandFailed(f"field: The schema has no {field}. Write the type and the field, such as Task.title.")
