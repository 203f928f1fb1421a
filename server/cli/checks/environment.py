"""Checks of the secret, the console, the email settings, the clock and the file descriptors."""

import time
from datetime import UTC, datetime
from pathlib import Path

from server.cli.checks.result import CheckResult, failed, ok, warning
from server.config.paths import CONSOLE_DIST
from server.config.secret import require_production_secret
from server.config.settings import SECRET_FILE, Settings
from server.connections.descriptors import find_budget
from services.people.tokens import key_id


def check_secret(settings: Settings) -> CheckResult:
    """Check that the secret that signs tokens cannot be guessed. The message does not contain it."""
    try:
        require_production_secret(settings.secret_key.get_secret_value())
    except ValueError as error:  # the settings accept such a secret outside production
        reason, _, remedy = str(error).partition("; ")
        return warning(f"secret: SECRET_KEY {reason}, and will be rejected in production", remedy)
    is_generated = "secret_key" not in settings.model_fields_set
    origin = f"generated, in {SECRET_FILE.name}" if is_generated else "long enough, not a placeholder"
    first, *fallbacks = (key_id(each) for each in settings.secret_keys)
    rest = f"; tokens of the fallback keys {', '.join(fallbacks)} are accepted" if fallbacks else ""
    return ok(f"secret: {origin}; signs with the key {first}{rest}")


def check_console(settings: Settings) -> CheckResult:
    """Check that the console is built, unless it is disabled."""
    if not settings.graphiql:
        return ok("console: disabled (GRAPHIQL)")
    if (CONSOLE_DIST / "index.html").exists():
        return ok("console: built")
    return warning("console: not built, so browsers get a notice instead of it", "make console")


def check_email(settings: Settings) -> CheckResult:
    """Check the settings for emails that verify addresses, reset passwords and invite users."""
    is_production = settings.environment == "production"
    if settings.smtp is None and is_production:
        message = (
            "email: not sent, so users cannot reset passwords, be invited, or verify addresses, which API keys, "
            "webhooks, invitations, passkeys, issuers and second factors require"
        )
        remedy = "set SMTP_URL (smtp://user:password@host:587) and MAIL_FROM; or allotment verify-email EMAIL"
        return failed(message, remedy)
    if not settings.public_url and is_production:
        return failed(f"email: links point to {settings.link_base_url}", "set PUBLIC_URL to the front end's URL")
    transport = "written to the log" if settings.smtp is None else f"sent through {settings.smtp.host}"
    return ok(f"email: {transport}, with links to {settings.link_base_url}")


def check_clock() -> CheckResult:
    """Check the clock, which ids and tokens depend on: it must be later than the installation of this file."""
    now = datetime.now(UTC).isoformat(sep=" ", timespec="seconds")
    if time.time() < Path(__file__).stat().st_mtime:
        return failed(f"clock: {now} is earlier than the installation of this program", "set the clock, by NTP")
    return ok(f"clock: {now}")


def check_descriptors(settings: Settings) -> CheckResult:
    """Check that each process may open a descriptor for each of its connections. Assumes the limit of this process."""
    total = settings.workers * settings.max_connections
    message = (
        f"descriptors: {settings.workers} worker{'' if settings.workers == 1 else 's'} "
        f"of {settings.max_connections} connections accept {total} in all"
    )
    budget = find_budget(settings.max_database_connections)
    if budget is None or budget.max_connections >= settings.max_connections:
        return ok(message)
    message = (
        f"descriptors: a process may open {budget.available} and reserves {budget.reserved}, so it accepts "
        f"{budget.max_connections} connections instead of {settings.max_connections}"
    )
    return warning(message, "raise the limit (ulimit -n, LimitNOFILE in systemd), or lower MAX_CONNECTIONS")
