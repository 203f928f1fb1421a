"""What there is around the database: the secret, the console, the clock."""

import time
from datetime import UTC, datetime
from pathlib import Path

from server.checkout import CONSOLE
from server.cli.checks.finding import Finding, better, broken, fine
from server.secret import require_production_secret
from server.settings import SECRET_FILE, Settings


def check_secret(settings: Settings) -> Finding:
    """Whether tokens are signed with a secret that nobody guesses. It is never shown."""
    try:
        require_production_secret(settings.secret_key.get_secret_value())
    except ValueError as problem:  # which the settings let pass outside production
        what, _, how = str(problem).partition("; ")
        return better(f"secret: SECRET_KEY {what}, and production will refuse it", how)
    kept = "secret_key" not in settings.model_fields_set
    return fine(f"secret: random and kept in {SECRET_FILE.name}" if kept else "secret: long enough, no placeholder")


def check_console(settings: Settings) -> Finding:
    """Whether browsers find GraphiQL."""
    if not settings.graphiql:
        return fine("console: switched off (GRAPHIQL)")
    if (CONSOLE / "index.html").exists():
        return fine("console: built")
    return better("console: not built, so browsers get a note instead of GraphiQL", "make console")


def check_letters(settings: Settings) -> Finding:
    """Whether people get the letters that verify addresses, set new passwords and invite."""
    production = settings.environment == "production"
    if settings.smtp is None and production:
        what = "letters: none are sent, so nobody can verify an address, set a forgotten password or be invited"
        return broken(what, "set SMTP_URL (smtp://user:password@host:587) and MAIL_FROM")
    if not settings.public_url and production:
        return broken(f"letters: their links lead to {settings.links_url}", "set PUBLIC_URL to the front end's address")
    where = "printed to the log" if settings.smtp is None else f"sent through {settings.smtp.host}"
    return fine(f"letters: {where}, with links to {settings.links_url}")


def check_clock() -> Finding:
    """Whether the clock can be right: ids and tokens are made from it. No time is before that of our own files."""
    shown = datetime.now(UTC).isoformat(sep=" ", timespec="seconds")
    if time.time() < Path(__file__).stat().st_mtime:
        return broken(f"clock: {shown} is before this program was installed", "set the clock, best by NTP")
    return fine(f"clock: {shown}")
