"""The cookie that keeps a refresh token for browsers: for us only, over HTTPS only, and out of scripts' reach."""

from dataclasses import dataclass

from starlette.responses import Response

from resolvers.context import Cookie


@dataclass(frozen=True)
class Cookies:
    """How the cookie is set. Outside production it goes over plain HTTP as well."""

    secure: bool
    path: str

    @property
    def name(self) -> str:
        """Browsers refuse a name that begins like this from plain HTTP."""
        return "__Secure-allotment-refresh" if self.secure else "allotment-refresh"

    def set(self, response: Response, cookie: Cookie) -> None:
        """Set it on a response, or have it forgotten."""
        response.set_cookie(
            self.name,
            cookie.value,
            max_age=cookie.seconds,
            path=self.path,
            secure=self.secure,
            httponly=True,
            samesite="strict",
        )
        response.headers["Cache-Control"] = "no-store"
