"""The command line. Each command imports what it works with when it runs, so that `--help` and mistakes cost little."""

import typer

from server.cli.commands import Commands
from server.cli.doctor import doctor
from server.cli.events import events
from server.cli.migrate import migrate
from server.cli.people import create_tenant, create_user
from server.cli.purge import purge_inactive
from server.cli.schema import schema
from server.cli.seed import seed
from server.cli.serve import serve

app = typer.Typer(
    cls=Commands,
    help="Allotment: a multi-tenant GraphQL backend. Settings come from the environment and from .env.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (serve, migrate, seed, schema, create_user, create_tenant, purge_inactive, doctor):
    app.command()(command)
app.add_typer(events, name="events")


def main() -> None:
    """What the console script `allotment` runs."""
    app(prog_name="allotment")
