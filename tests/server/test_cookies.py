"""The attributes of the refresh token's cookie."""

from starlette.responses import Response

from resolvers.client_info import Cookie
from server.http.cookies import RefreshCookie


def set_cookie_attributes(refresh_cookie: RefreshCookie, cookie: Cookie) -> set[str]:
    response = Response()
    refresh_cookie.set(response, cookie)
    return {part.strip().lower() for part in response.headers["set-cookie"].split(";")}


def test_production_cookie_is_secure() -> None:
    refresh_cookie = RefreshCookie(secure=True, path="/api/graphql")
    assert refresh_cookie.name.startswith("__Secure-")
    assert set_cookie_attributes(refresh_cookie, Cookie("x", 60)) == {
        f"{refresh_cookie.name}=x".lower(),
        "httponly",
        "secure",
        "samesite=strict",
        "path=/api/graphql",
        "max-age=60",
    }


def test_cookie_is_deleted_under_same_name_and_path() -> None:
    refresh_cookie = RefreshCookie(secure=False, path="/graphql")
    assert "secure" not in set_cookie_attributes(refresh_cookie, Cookie("x", 60))
    assert set_cookie_attributes(refresh_cookie, Cookie("", 0)) >= {
        f'{refresh_cookie.name}=""',
        "max-age=0",
        "path=/graphql",
    }
