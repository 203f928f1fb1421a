"""What letters say."""

from dataclasses import dataclass
from urllib.parse import quote

from services.mail import Letter

UNASKED = "If you did not ask for this, you need not do anything."


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
