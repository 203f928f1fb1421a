"""The texts of emails."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from services.core.email import Email

IGNORE_NOTE = "If you did not request this, you can ignore this email."


@dataclass(frozen=True)
class InvitationDetails:
    """The names of the inviter, the tenant and the role, as the email displays them."""

    inviter: str
    tenant: str
    role: str


@dataclass(frozen=True)
class ApiKeyDetails:
    """The tenant of an API key, its name, its first characters and when it expires."""

    tenant: str
    key: str
    prefix: str
    expires_at: datetime.datetime


@dataclass(frozen=True)
class WebhookDetails:
    """The tenant and the host of a webhook, and a sentence that says why it was disabled."""

    tenant: str
    host: str
    reason: str


@dataclass(frozen=True)
class EmailTemplates:
    """Builds emails, with links to the front end at this URL."""

    public_url: str

    @property
    def site(self) -> str:
        """The host of the front end, by which people recognize it."""
        return urlsplit(self.public_url).hostname or "localhost"

    def link(self, path: str, token: str) -> str:
        """Return a link that contains a token in its fragment, which browsers do not send to servers."""
        return f"{self.public_url}/{path}#token={quote(token)}"

    def verify_email(self, to: str, name: str, token: str, hours: int) -> Email:
        """Build the email that asks the user to verify the address."""
        return Email(
            to,
            "Confirm your email address",
            f"Hello {name},\n\n"
            f"To confirm that this is your email address, open this link within {hours} hours and sign in with your "
            f"account:\n\n{self.link('verify-email', token)}\n\n"
            "If you have no account here, or did not request this, someone else has entered your address: ignore this "
            "email.\n",
        )

    def reset_password(self, to: str, name: str, token: str, minutes: int) -> Email:
        """Build the email with which the user sets a new password."""
        return Email(
            to,
            "Reset your password",
            f"Hello {name},\n\n"
            f"To set a new password, open this link within {minutes} minutes:\n\n"
            f"{self.link('reset-password', token)}\n\n"
            f"This signs you out on all devices. {IGNORE_NOTE}\n",
        )

    def first_password(self, to: str, name: str, token: str, days: int) -> Email:
        """Build the email with which a user whom someone else created sets the first password."""
        return Email(
            to,
            "Your new account",
            f"Hello {name},\n\n"
            f"An account was created for you. To set its password, open this link within {days} days:\n\n"
            f"{self.link('reset-password', token)}\n\n"
            "If the link has expired, request a new password on the sign-in page.\n",
        )

    def invitation(self, to: str, details: InvitationDetails, token: str, days: int) -> Email:
        """Build an invitation. It does not disclose whether the address has an account."""
        return Email(
            to,
            f"{details.inviter} invites you to {details.tenant}",
            f"Hello,\n\n"
            f"{details.inviter} invites you to {details.tenant}, as {details.role}.\n\n"
            f"To accept, open this link within {days} days and sign in with the address that received this email. "
            f"If you have no account yet, register with this address first:\n\n"
            f"{self.link('accept-invitation', token)}\n\n"
            "If you do not know the sender, you can ignore this email.\n",
        )

    def address_changed(self, to: str, name: str, email: str) -> Email:
        """Build the notification to the previous address."""
        return Email(
            to,
            "Your email address was changed",
            f"Hello {name},\n\n"
            f"From now on, sign in with {email} instead of this address.\n\n"
            "If you did not make this change, contact the operator of this server immediately.\n",
        )

    def password_changed(self, to: str, name: str) -> Email:
        """Build the notification that the password was changed."""
        return Email(
            to,
            "Your password was changed",
            f"Hello {name},\n\n"
            "Your password was changed, and all your other sessions were ended.\n\n"
            "If you did not make this change, reset your password immediately on the sign-in page.\n",
        )

    def password_reset(self, to: str, name: str, issuers: Sequence[str], passkeys: Sequence[str]) -> Email:
        """Build the notification that the password was reset, for users who also signed in otherwise."""
        return Email(
            to,
            "Your password was reset",
            f"Hello {name},\n\n"
            "Your password was reset, and your sessions were ended. These can no longer be used to sign in:\n\n"
            + "".join(f"- your account at {issuer}\n" for issuer in issuers)
            + "".join(f"- the passkey {passkey}\n" for passkey in passkeys)
            + "\nIf they are yours, sign in with the new password and add them again.\n",
        )

    def second_factor_enabled(self, to: str, name: str) -> Email:
        """Build the notification that a second factor was enabled."""
        return Email(
            to,
            "Your second factor is enabled",
            f"Hello {name},\n\n"
            "From now on, signing in requires a code of your authenticator app. Store the recovery codes in a safe "
            "place.\n\n"
            "If you did not do this, reset your password immediately on the sign-in page, and contact the operator of "
            "this server.\n",
        )

    def second_factor_disabled(self, to: str, name: str) -> Email:
        """Build the notification that the second factor was disabled."""
        return Email(
            to,
            "Your second factor was disabled",
            f"Hello {name},\n\n"
            "From now on, signing in requires no code of an authenticator app.\n\n"
            "If you did not do this, reset your password immediately on the sign-in page, and enable the second factor "
            "again.\n",
        )

    def issuer_linked(self, to: str, name: str, issuer: str) -> Email:
        """Build the notification that an account at an issuer was linked."""
        return Email(
            to,
            "A new way to sign in to your account",
            f"Hello {name},\n\n"
            f"From now on, you can sign in with your account at {issuer}.\n\n"
            "If you did not do this, reset your password immediately on the sign-in page, and remove the link "
            "(unlinkIssuer).\n",
        )

    def passkey_added(self, to: str, name: str, passkey: str) -> Email:
        """Build the notification that a passkey was added."""
        return Email(
            to,
            "A new way to sign in to your account",
            f"Hello {name},\n\n"
            f"From now on, you can sign in with the passkey {passkey}.\n\n"
            "If you did not do this, reset your password immediately on the sign-in page, and remove the passkey "
            "(deletePasskey).\n",
        )

    def passkey_removed(self, to: str, name: str, passkey: str) -> Email:
        """Build the notification that a passkey was removed."""
        return Email(
            to,
            "A passkey of your account was removed",
            f"Hello {name},\n\n"
            f"You can no longer sign in with the passkey {passkey}.\n\n"
            "If you did not do this, reset your password immediately on the sign-in page.\n",
        )

    def api_key_expires(self, to: str, name: str, details: ApiKeyDetails) -> Email:
        """Build the notification that an API key of a tenant will expire."""
        return Email(
            to,
            f"An API key of {details.tenant} will expire",
            f"Hello {name},\n\n"
            f"The API key {details.key} ({details.prefix}…) of {details.tenant} expires on "
            f"{details.expires_at:%Y-%m-%d at %H:%M} UTC. Programs that use it lose their access then.\n\n"
            "If they still need it, create another key (createApiKey) and configure it in them before.\n",
        )

    def webhook_disabled(self, to: str, name: str, details: WebhookDetails) -> Email:
        """Build the notification that a webhook of a tenant was disabled."""
        return Email(
            to,
            f"A webhook of {details.tenant} was disabled",
            f"Hello {name},\n\n"
            f"The server has stopped delivering changes of {details.tenant} to a webhook at {details.host}.\n\n"
            f"{details.reason}\n\n"
            "When the endpoint works again, resume the webhook (resumeWebhook). Deliveries that have failed can be "
            "sent again (redeliverFailedWebhookDeliveries).\n",
        )
