"""The settings of emails."""

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from server.config.smtp_url import SmtpUrl, parse_smtp_url, validate_sender


class MailSettings(BaseSettings):
    """The mail server and the sender."""

    smtp_url: SecretStr = Field(
        SecretStr(""),
        description="The mail server: smtp://user:password@host:587 or smtps://…:465. "
        "Without it, emails are written to the log, and in production not sent.",
    )
    mail_from: str = Field(
        "Allotment <allotment@localhost>", max_length=255, description="The sender of emails: Name <address>."
    )

    @field_validator("smtp_url")
    @classmethod
    def _validate_smtp_url(cls, value: SecretStr) -> SecretStr:
        parse_smtp_url(value.get_secret_value())
        return value

    @field_validator("mail_from")
    @classmethod
    def _validate_mail_from(cls, value: str) -> str:
        return validate_sender(value)

    @property
    def smtp(self) -> SmtpUrl | None:
        """The mail server, or None if none is configured."""
        return parse_smtp_url(self.smtp_url.get_secret_value())
