"""The command line. Commands import their dependencies when they run, so that `--help` and usage errors are fast."""

import typer

from server.cli.add_noun import add
from server.cli.audit import audit
from server.cli.distribute import distribute
from server.cli.doctor import doctor
from server.cli.errors import CommandGroup
from server.cli.events import events
from server.cli.migrate import migrate
from server.cli.people import create_tenant, create_user, disable_two_factor, verify_email
from server.cli.persist import persist
from server.cli.purge import purge_inactive
from server.cli.schema import schema
from server.cli.seed import seed
from server.cli.serve import serve
from server.cli.tenant import tenant
from server.cli.transfer import export_rows, import_rows
from server.cli.usage import usage

app = typer.Typer(
    cls=CommandGroup,
    help="Allotment: a multi-tenant GraphQL backend. Settings are read from the environment and .env.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    serve,
    migrate,
    seed,
    schema,
    create_user,
    create_tenant,
    purge_inactive,
    persist,
    usage,
    distribute,
    doctor,
):
    app.command()(command)
app.command()(disable_two_factor)
app.command()(verify_email)
app.command("import")(import_rows)
app.command("export")(export_rows)
app.add_typer(events, name="events")
app.add_typer(add, name="add")
app.add_typer(audit, name="audit")
app.add_typer(tenant, name="tenant")


def main() -> None:
    """Run the console script `allotment`."""
    app(prog_name="allotment")
