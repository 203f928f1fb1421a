"""What letters say."""

from dataclasses import dataclass
from urllib.parse import quote

from services.mail import Letter

UNASKED = "If you did not ask for this, you need not do anything."


@dataclass(frozen=True)
class Offer:
    """A place in a business: who offers it, and as what."""

    person: str
    business: str
    role: str


@dataclass(frozen=True)
class Letters:
    """Letters with links that lead to the front end at this address."""

    public_url: str

    def link(self, path: str, token: str) -> str:
        """A link that hands the front end a token. It stands in the fragment, which browsers send to nobody."""
        return f"{self.public_url}/{path}#token={quote(token)}"

    def verify_email(self, to: str, name: str, token: str, hours: int) -> Letter:
        """Asks to show that the address is theirs."""
        return Letter(
            to,
            "Is this your address?",
            f"Hello {name},\n\n"
            f"to confirm that this is your e-mail address, open this link within {hours} hours:\n\n"
            f"{self.link('verify-email', token)}\n\n{UNASKED}\n",
        )

    def reset_password(self, to: str, name: str, token: str, minutes: int) -> Letter:
        """Lets them set a new password."""
        return Letter(
            to,
            "A new password",
            f"Hello {name},\n\n"
            f"to set a new password, open this link within {minutes} minutes:\n\n"
            f"{self.link('reset-password', token)}\n\n"
            f"You are then signed out everywhere. {UNASKED}\n",
        )

    def first_password(self, to: str, name: str, token: str, days: int) -> Letter:
        """Lets somebody whom others enrolled set their first password."""
        return Letter(
            to,
            "Your new account",
            f"Hello {name},\n\n"
            f"an account was made for you. To set its password, open this link within {days} days:\n\n"
            f"{self.link('reset-password', token)}\n\n"
            "After that, ask for a new password where you sign in.\n",
        )

    def invitation(self, to: str, offer: Offer, token: str, days: int) -> Letter:
        """Lets them become a member. It reads the same whether or not they have an account."""
        return Letter(
            to,
            f"{offer.person} invites you to {offer.business}",
            f"Hello,\n\n"
            f"{offer.person} invites you to {offer.business}, as {offer.role}.\n\n"
            f"To accept, open this link within {days} days and sign in with the address that this letter went to. "
            f"If you have no account yet, register with this address first:\n\n"
            f"{self.link('accept-invitation', token)}\n\n"
            "If you do not know who this is, you need not do anything.\n",
        )

    def address_changed(self, to: str, name: str, email: str) -> Letter:
        """Tells the old address of the new one."""
        return Letter(
            to,
            "Your address was changed",
            f"Hello {name},\n\n"
            f"from now on you sign in with {email} instead of this address.\n\n"
            "If this was not you, tell whoever runs this server at once.\n",
        )

    def password_changed(self, to: str, name: str) -> Letter:
        """Tells them that their password is another now."""
        return Letter(
            to,
            "Your password was changed",
            f"Hello {name},\n\n"
            "your password was changed just now, and all other sessions were ended.\n\n"
            "If this was not you, set a new one at once: ask for it where you sign in.\n",
        )
