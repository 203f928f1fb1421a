"""Check of the mail server: it is reachable, and accepts the credentials. No email is sent."""

from dataclasses import asdict

from aiosmtplib import SMTPException

from server.cli.checks.result import CheckResult, failed, ok
from server.config.settings import Settings
from services.core.email import SmtpConfig, SmtpMailer

TIMEOUT_SECONDS = 5.0


async def check_mail_server(settings: Settings) -> list[CheckResult]:
    """Connect to the mail server, if one is configured, and sign in."""
    if (server := settings.smtp) is None:
        return []
    name = f"mail server: {server.host}:{server.port}"
    config = SmtpConfig(sender=settings.mail_from, **asdict(server), timeout=TIMEOUT_SECONDS)
    try:
        await SmtpMailer(config).check()
    except (SMTPException, OSError, ValueError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        return [failed(f"{name} cannot be used. {reason}", "correct SMTP_URL, or start the mail server")]
    signed_in = "" if server.username is None else ", and accepts the user"
    return [ok(f"{name} answers{signed_in}")]
