"""Which mailer the settings ask for."""

from dataclasses import asdict

from server.settings import Settings
from services.mail import LogMailer, Mailer, NoMailer, Post, SmtpMailer


def mailer_for(settings: Settings) -> Mailer:
    """A mail server if one is set. Without one letters are printed to the log, but never in production: what they say
    opens accounts."""
    if (server := settings.smtp) is not None:
        return SmtpMailer(Post(sender=settings.mail_from, **asdict(server)))
    return NoMailer() if settings.environment == "production" else LogMailer()
