"""The cookie that carries a browser's refresh token: same-site, not readable by scripts, HTTPS only in production."""

from dataclasses import dataclass

from starlette.responses import Response

from resolvers.client_info import Cookie


@dataclass(frozen=True)
class RefreshCookie:
    """The name and attributes of the cookie. `secure` is False outside production, where plain HTTP is used."""

    secure: bool
    path: str

    @property
    def name(self) -> str:
        """The cookie's name. Browsers accept the prefix `__Secure-` over HTTPS only."""
        return "__Secure-allotment-refresh" if self.secure else "allotment-refresh"

    def set(self, response: Response, cookie: Cookie) -> None:
        """Add the Set-Cookie header to a response. A lifetime of zero deletes the cookie."""
        response.set_cookie(
            self.name,
            cookie.value,
            max_age=cookie.max_age_seconds,
            path=self.path,
            secure=self.secure,
            httponly=True,
            samesite="strict",
        )
