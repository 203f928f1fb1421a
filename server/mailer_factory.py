"""Builds the mailer from the settings."""

from dataclasses import asdict

from server.config.settings import Settings
from server.console.inbox import build_inbox_file
from server.console.inbox_file import InboxMailer
from services.core.email import LogMailer, Mailer, NoMailer, SmtpConfig, SmtpMailer


def build_mailer(settings: Settings) -> Mailer:
    """Build the mailer. Without an SMTP server emails are logged, except in production: their links are secret. The
    console of a development server shows them, too."""
    if (server := settings.smtp) is not None:
        return SmtpMailer(SmtpConfig(sender=settings.mail_from, **asdict(server)))
    if (inbox := build_inbox_file(settings)) is not None:
        return InboxMailer(inbox)
    return NoMailer() if settings.environment == "production" else LogMailer()
