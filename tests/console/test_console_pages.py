"""The page of the console, at the endpoint and where links in emails lead to, with and without a build."""

from pathlib import Path

import httpx
import pytest
from starlette.responses import Response

from server.console.assets import ASSETS_PATH
from server.console.page import LINK_PATHS
from services.people.email_templates import EmailTemplates, InvitationDetails
from tests.console.built_console import HTML, build_console, open_console
from tests.support.settings import build_settings

PATHS = ("/graphql", *LINK_PATHS)


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """The folder of a built console."""
    return build_console(tmp_path)


async def get(dist: Path, path: str, method: str = "GET", public_url: str = "", **headers: str) -> httpx.Response:
    async with open_console(dist, build_settings("sqlite:///unused.db", public_url=public_url)) as client:
        return await client.request(method, path, headers={name.replace("_", "-"): headers[name] for name in headers})


def parse_policy(response: httpx.Response | Response) -> dict[str, str]:
    directives = response.headers["content-security-policy"].split("; ")
    return dict(directive.split(" ", 1) for directive in directives)


@pytest.mark.parametrize("path", PATHS)
async def test_page_is_the_built_file(dist: Path, path: str) -> None:
    page = await get(dist, path)
    assert (page.status_code, page.text) == (200, HTML)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    compressed = await get(dist, path, Accept_Encoding="gzip, br")
    assert (compressed.headers["content-encoding"], compressed.text) == ("gzip", HTML)
    assert "Accept-Encoding" in compressed.headers["vary"]


async def test_page_is_revalidated_and_pages_of_links_are_not_stored(dist: Path) -> None:
    page = await get(dist, "/graphql")
    assert (page.headers["cache-control"], page.headers["vary"]) == ("no-cache", "Accept, Accept-Encoding")
    current = await get(dist, "/graphql", If_None_Match=page.headers["etag"])
    assert (current.status_code, current.content, current.headers["vary"]) == (304, b"", page.headers["vary"])
    other = await get(dist, "/graphql", If_None_Match=page.headers["etag"], Accept_Encoding="gzip")
    assert other.status_code == 200
    for path in LINK_PATHS:
        assert (await get(dist, path)).headers["cache-control"] == "no-store"


async def test_head_has_the_headers_of_get(dist: Path) -> None:
    for path in PATHS:
        assert (await get(dist, path, "HEAD")).headers == (await get(dist, path)).headers


@pytest.mark.parametrize("path", [*PATHS, f"{ASSETS_PATH}/index-abc.js"])
async def test_security_headers(dist: Path, path: str) -> None:
    response = await get(dist, path)
    policy = parse_policy(response)
    assert policy["default-src"] == policy["frame-ancestors"] == policy["form-action"] == "'none'"
    assert policy["script-src"] == policy["worker-src"] == policy["connect-src"] == "'self'"
    assert {name for name, sources in policy.items() if "'unsafe-inline'" in sources} == {"style-src"}
    assert not any("http" in sources or "*" in sources or "unsafe-eval" in sources for sources in policy.values())
    assert "report-uri" not in policy
    assert "report-to" not in policy
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["cross-origin-opener-policy"] == "same-origin"
    assert response.headers["cross-origin-resource-policy"] == "same-origin"
    assert response.headers["x-frame-options"] == "DENY"


async def test_page_without_build_explains_how_to_build(tmp_path: Path) -> None:
    for path in PATHS:
        page = await get(tmp_path / "missing", path, Accept_Encoding="gzip, br")
        assert page.status_code == 200
        assert "make console" in page.text
        assert "src=" not in page.text
        assert "href=" not in page.text
        assert "content-encoding" not in page.headers


async def test_root_leads_browsers_to_the_console_and_names_the_endpoint_to_others(dist: Path) -> None:
    redirect = await get(dist, "/?query=%7Bteams%7D%0d%0aX:y")
    assert redirect.status_code == 303
    assert redirect.headers["location"] == "graphql?query=%7Bteams%7D%0d%0aX:y"
    assert redirect.headers["vary"] == "Accept"
    pointer = await get(dist, "/", Accept="application/json")
    assert (pointer.status_code, pointer.json()["graphql"]) == (200, "/graphql")


async def test_path_with_slash_leads_to_the_path_that_the_page_expects(dist: Path) -> None:
    redirect = await get(dist, "/graphql/?query=x")
    assert (redirect.status_code, redirect.headers["location"]) == (303, "../graphql?query=x")


@pytest.mark.parametrize(
    ("public_url", "status"),
    [
        ("", 200),
        ("http://localhost:8000", 200),
        ("https://LOCALHOST:8000/path", 200),
        ("https://app.example.com", 404),
        ("http://localhost:3000", 404),
    ],
)
async def test_links_lead_here_unless_the_front_end_is_elsewhere(dist: Path, public_url: str, status: int) -> None:
    for path in LINK_PATHS:
        assert (await get(dist, path, public_url=public_url)).status_code == status


def test_every_link_in_emails_leads_to_a_page() -> None:
    base_url = build_settings("sqlite:///unused.db").link_base_url
    templates = EmailTemplates(base_url)
    emails = [
        templates.verify_email("a@b.test", "A", "token", 1),
        templates.reset_password("a@b.test", "A", "token", 1),
        templates.first_password("a@b.test", "A", "token", 1),
        templates.invitation("a@b.test", InvitationDetails("A", "B", "member"), "token", 1),
    ]
    for email in emails:
        assert any(f"{base_url}{path}#token=token" in email.text for path in LINK_PATHS), email.subject


@pytest.mark.only("sqlite")
async def test_browser_gets_the_console_for_a_link_to_an_operation(http: httpx.AsyncClient) -> None:
    parameters = {"query": "{ __typename }"}
    page = await http.get("/graphql", params=parameters, headers={"Accept": "text/html,*/*"})
    assert page.headers["content-type"].startswith("text/html")
    head = await http.head("/graphql", headers={"Accept": "text/html"})
    assert (head.status_code, head.headers["etag"]) == (200, page.headers["etag"])
    result = await http.get("/graphql", params=parameters, headers={"Accept": "*/*"})
    assert result.json() == {"data": {"__typename": "Query"}}
