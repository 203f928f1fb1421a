"""What `allotment serve` says to a developer: where to look, and as whom to sign in."""

import typer

from server.checkout import CONSOLE
from server.seed.demo import MEMBERS, PASSWORD
from server.settings import Settings


def greet(settings: Settings, url: str, *, demo_is_loaded: bool) -> None:
    """Print it, in development only."""
    if settings.environment != "development":
        return
    typer.echo(f"Allotment is about to be at {url}/graphql")
    if settings.graphiql and not (CONSOLE / "index.html").exists():
        typer.echo("  The console is not built: `make console` builds it, even while the server runs.")
    elif settings.graphiql:
        typer.echo("  Open it in a browser: GraphiQL is there.")
    if demo_is_loaded:
        _introduce()


def _introduce() -> None:
    typer.echo(f"  Sign in with the password {PASSWORD} as")
    for email, (tenant, _, role) in MEMBERS.items():
        typer.echo(f"    {email:<18} {role.value.lower()} of the tenant {tenant}")
