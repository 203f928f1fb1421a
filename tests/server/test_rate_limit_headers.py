"""The headers that inform clients about cost budgets."""

from starlette.responses import PlainTextResponse

from server.http.cors import add_cors
from server.http.rate_limit_headers import RateLimitHeaders, format_policy
from services.core.cost.buckets import BucketLimit, BucketStatus
from tests.server.asgi_client import create_client
from tests.support.settings import build_settings

TENANT = BucketLimit("tenant", "the tenant", 4_000_000, 20_000_000, ("A", "B"))
API_KEY = BucketLimit("api-key", "the API key", 3, 10, ("C", "D"))


def test_headers_are_lists_of_structured_fields() -> None:
    statuses = (BucketStatus(TENANT, 19_999_000, 1), BucketStatus(API_KEY, 0, 4))
    assert RateLimitHeaders().build(statuses) == [
        (b"ratelimit-policy", b'"tenant";q=20000000;qu="points";w=5,"api-key";q=10;qu="points";w=4'),
        (b"ratelimit", b'"tenant";r=19999000;t=1,"api-key";r=0;t=4'),
    ]


def test_window_is_at_least_a_second() -> None:
    assert format_policy(BucketLimit("user", "the user", 100, 20, ("A", "B"))) == '"user";q=20;qu="points";w=1'


def test_policies_are_formatted_once() -> None:
    headers, statuses = RateLimitHeaders(), (BucketStatus(TENANT, 1, 1),)
    assert headers.build(statuses)[0][1] is headers.build(statuses)[0][1]


def test_request_without_buckets_has_no_headers() -> None:
    assert RateLimitHeaders().build(()) == []


async def test_pages_of_other_origins_may_read_the_headers() -> None:
    settings = build_settings("sqlite:///unused.db", cors_origins="https://a.example")
    async with create_client(add_cors(PlainTextResponse("a"), settings)) as client:
        response = await client.get("/", headers={"Origin": "https://a.example"})
    exposed = response.headers["access-control-expose-headers"].split(", ")
    assert {"RateLimit", "RateLimit-Policy", "Retry-After"} <= set(exposed)
