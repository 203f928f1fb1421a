"""Which media type a response has, by the Accept header and the type of the operation."""

import pytest

from tests.streams.conftest import Subscribe
from tests.support.number_stream import SUBSCRIPTION, NumberStream

pytestmark = pytest.mark.only("sqlite")

JSON, GRAPHQL_JSON = "application/json", "application/graphql-response+json"
SSE, MULTIPART = "text/event-stream", "multipart/mixed"
URQL_QUERY = f"{GRAPHQL_JSON}, application/graphql+json, {JSON}, {SSE}, {MULTIPART}"
APOLLO_SUBSCRIPTION = f"multipart/mixed;boundary=graphql;subscriptionSpec=1.0,{GRAPHQL_JSON},{JSON};q=0.9"
SPEC = "multipart/mixed;subscriptionSpec=1.0"
NEGOTIATED = [
    # Accept, media type of a query, media type of a subscription (None: 406)
    (SSE, SSE, SSE),
    ("TEXT/EVENT-STREAM", SSE, SSE),
    (f"{SSE}; charset=utf-8", SSE, SSE),
    (URQL_QUERY, GRAPHQL_JSON, SSE),
    (f"{SSE}, {MULTIPART}", SSE, SSE),
    (f"{SSE}, {JSON}", JSON, SSE),
    (f"{SSE};q=0.1, {JSON}", JSON, SSE),
    (f"{SSE}, */*;q=0.1", JSON, SSE),
    (f"{SSE};q=0, {JSON}", JSON, None),
    (APOLLO_SUBSCRIPTION, GRAPHQL_JSON, MULTIPART),
    (f'multipart/mixed; subscriptionSpec="1.0", {JSON}', JSON, MULTIPART),
    ("multipart/mixed;SubscriptionSpec=1.0", MULTIPART, MULTIPART),
    (SPEC, MULTIPART, MULTIPART),
    (f"{SPEC}, {SSE}", MULTIPART, MULTIPART),
    (f"{SPEC};q=0.5, {SSE}", SSE, SSE),
    (f"{SSE};q=0.5, {SPEC}", MULTIPART, MULTIPART),
    (f"multipart/mixed;subscriptionSpec=2.0, {JSON}", JSON, None),
    (f"multipart/mixed;deferSpec=20220824, {JSON}", JSON, None),
    (f"{MULTIPART}, {JSON}", JSON, None),
    (f"text/*, {JSON}", JSON, None),
    ("*/*", JSON, None),
    ("", JSON, None),
    (GRAPHQL_JSON, GRAPHQL_JSON, None),
]


@pytest.mark.parametrize(("accept", "query_type", "subscription_type"), NEGOTIATED)
async def test_media_type(
    subscribe: Subscribe, stream: NumberStream, accept: str, query_type: str, subscription_type: str | None
) -> None:
    async with subscribe("{ __typename }", accept) as client:
        assert (client.status, client.headers["content-type"].partition(";")[0]) == (200, query_type)
    await stream.queue.put(None)
    async with subscribe(SUBSCRIPTION, accept) as client:
        status = 200 if subscription_type else 406
        media_type = client.headers["content-type"].partition(";")[0]
        assert (client.status, media_type) == (status, subscription_type or query_type)
