"""How the cookie is set."""

from starlette.responses import Response

from resolvers.context import Cookie
from server.cookies import Cookies


def sent(cookies: Cookies, cookie: Cookie) -> set[str]:
    response = Response()
    cookies.set(response, cookie)
    return {part.strip().lower() for part in response.headers["set-cookie"].split(";")}


def test_in_production_the_cookie_goes_over_https_only() -> None:
    cookies = Cookies(secure=True, path="/api/graphql")
    assert cookies.name.startswith("__Secure-")
    assert sent(cookies, Cookie("x", 60)) == {
        *(f"{cookies.name}=x".lower(), "httponly", "secure", "samesite=strict", "path=/api/graphql", "max-age=60"),
    }


def test_a_cookie_is_forgotten_under_the_name_and_path_that_it_was_set_under() -> None:
    cookies = Cookies(secure=False, path="/graphql")
    assert "secure" not in sent(cookies, Cookie("x", 60))
    assert sent(cookies, Cookie("", 0)) >= {f'{cookies.name}=""', "max-age=0", "path=/graphql"}
