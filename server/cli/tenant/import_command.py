"""`allotment tenant import`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from server.cli.errors import CommandFailed

if TYPE_CHECKING:
    from database.engine import Database
    from server.tenant_data.importing import ImportRun
    from server.tenant_data.inspection import Inspection

CREATE_HELP = "Create accounts, without passwords, for users who have none here."
DRY_RUN_HELP = "Check the file and the database, and write nothing."


def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file of `allotment tenant export`.")],
    slug: Annotated[str | None, typer.Option(metavar="SLUG", help="Another slug for the tenant.")] = None,
    create_users: Annotated[bool, typer.Option("--create-users", help=CREATE_HELP)] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=DRY_RUN_HELP)] = False,
) -> None:
    """Import the file of an export as a tenant that does not exist here, or that was erased. Ids stay the same.

    The tenant is closed until all rows are imported. After an interruption, the same command continues.

    \b
    allotment tenant import demo.jsonl.zst --dry-run
    allotment tenant import demo.jsonl.zst --create-users
    """
    inspection = check_file(file, slug)
    try:
        run, imported = run_import(file, inspection, create_users=create_users, dry_run=dry_run)
    except KeyboardInterrupt:
        typer.echo("Interrupted. The same command imports the remaining rows.", err=True)
        raise typer.Exit(130) from None
    _print_result(run, imported, dry_run=dry_run)


def check_file(file: Path, slug: str | None) -> "Inspection":
    """Read a file and check all its values. Raises CommandFailed or TenantDataError."""
    from server.cli.tenant.progress import TableProgress
    from server.tenant_data.format import FileDamaged
    from server.tenant_data.inspection import inspect

    progress = TableProgress("Checked")
    try:
        _check_revision(file)
        inspection = inspect(file, progress.begin, progress.add)
    except FileDamaged as error:
        raise CommandFailed(f"{file}, {error}") from None
    finally:
        progress.end()
    if slug is not None:
        inspection.tenant["slug"] = _check_slug(slug)
    return inspection


def _check_revision(file: Path) -> None:
    """Compare the revisions first, because files of other revisions have other columns."""
    from server.cli.database import run_with_database
    from server.config.settings import load_settings
    from server.database_revision import current_revision
    from server.tenant_data.inspection import check_revision, read_header

    header = read_header(file)

    async def check(database: "Database") -> None:
        async with database.read_engine.connect() as connection:
            check_revision(header, str(await current_revision(connection)))

    run_with_database(load_settings(), check)


def _check_slug(slug: str) -> str:
    from models import Tenant
    from services.core.errors import Rejected
    from services.core.validation import check_values

    values, problems = check_values(Tenant, {"slug": slug})
    if problems:
        raise Rejected(*problems)
    return str(values["slug"])


def run_import(file: Path, inspection: "Inspection", *, create_users: bool, dry_run: bool) -> "tuple[ImportRun, int]":
    """Import a checked file; return the import and the number of its rows."""
    from server.cli.database import run_with_database
    from server.cli.tenant.progress import TableProgress
    from server.config.settings import load_settings
    from server.tenant_data.import_start import begin_import
    from server.tenant_data.importing import import_rows

    progress = TableProgress("Imported")

    async def run(database: "Database") -> "ImportRun":
        begun = await begin_import(database, inspection, create_users=create_users, dry_run=dry_run)
        if not dry_run:
            await import_rows(begun, file, progress.begin, progress.add)
        return begun

    return run_with_database(load_settings(), run), progress.end()


def _print_result(run: "ImportRun", imported: int, *, dry_run: bool) -> None:
    slug, missing = run.inspection.tenant["slug"], run.accounts.missing
    new = sum(1 for user in missing if user["deleted_at"] is None)
    if dry_run:
        rows = run.inspection.header.rows - run.done
        typer.echo(f"{rows:,} rows of the tenant {slug} would be imported, and {new:,} accounts created.")
        return
    if run.done:
        typer.echo(f"Rows that an earlier run had imported: {run.done:,}.")
    typer.echo(f"Imported the tenant {slug}: {imported - run.done:,} rows; created {new:,} accounts.")
    typer.echo("API keys and pending invitations are revoked, because files contain no secrets.")
    typer.echo(f"Verify it with: allotment events verify --tenant {slug}")
