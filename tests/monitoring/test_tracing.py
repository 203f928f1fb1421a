"""Traces: the spans of a request, the trace of its client, and that no value of a statement is in them."""

import logging
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased
from opentelemetry.trace import SpanKind, StatusCode

from server.config.settings import Settings
from server.monitoring.statement_text import statement_text
from server.telemetry import tracer
from server.telemetry.trace_headers import trace_headers
from services.core.persisted_documents import hash_text
from tests.mcp.agent import agent_of
from tests.support.app_fixture import AppFixture
from tests.support.settings import build_settings

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT_ID = "00f067aa0ba902b7"
SAMPLED = {"Traceparent": f"00-{TRACE_ID}-{PARENT_ID}-01", "Tracestate": "vendor=value"}
NOT_SAMPLED = {"Traceparent": f"00-{TRACE_ID}-{PARENT_ID}-00"}
QUERY = "query Projects($n: String!) { projects(where: {name: {ne: $n}}) { nodes { name tasks { nodes { title } } } } }"
CREATE = 'mutation Create { createTeam(input: {name: "A secret name"}) { team { id } userErrors { code } } }'
SECRET = "a value of the client"


class Spans:
    """The spans that have ended."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()

    def all(self) -> list[ReadableSpan]:
        return list(self.exporter.get_finished_spans())

    def named(self, name: str) -> ReadableSpan:
        """Return the span with this name, of which there is one."""
        (span,) = [span for span in self.all() if span.name == name]
        return span

    def parent_name(self, span: ReadableSpan) -> str | None:
        """Return the name of the parent, if it has ended here."""
        parent = span.parent
        names = {each.context.span_id: each.name for each in self.all() if each.context is not None}
        return None if parent is None else names.get(parent.span_id)


@pytest.fixture
async def spans(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Spans]:
    """The spans of the application."""
    spans = Spans()
    provider = TracerProvider(sampler=ParentBased(ALWAYS_OFF), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(spans.exporter))
    monkeypatch.setattr(tracer, "load_tracer", lambda: provider.get_tracer("tests"))
    yield spans
    provider.shutdown()


@pytest.fixture
def settings(database_url: str, spans: Spans) -> Settings:
    """Settings with traces."""
    return build_settings(database_url, db_pool_size=5, traces=True)


async def test_request_continues_the_trace_of_its_client(app_fixture: AppFixture, spans: Spans) -> None:
    response = await app_fixture.tenant.client().with_headers(**SAMPLED)(QUERY, n=SECRET)
    assert response.data["projects"]["nodes"] == []
    request = spans.named("POST /graphql")
    assert request.context is not None
    assert request.parent is not None
    assert f"{request.parent.span_id:016x}" == PARENT_ID
    assert {f"{span.context.trace_id:032x}" for span in spans.all() if span.context} == {TRACE_ID}
    assert request.kind is SpanKind.SERVER
    assert dict(request.attributes or {})["http.response.status_code"] == 200
    assert request.context.trace_state["vendor"] == "value"
    traceresponse = f"00-{TRACE_ID}-{request.context.span_id:016x}-01"
    assert response.headers["traceresponse"] == traceresponse


async def test_spans_of_a_query(app_fixture: AppFixture, spans: Spans) -> None:
    await app_fixture.tenant.client()('mutation { createProject(input: {name: "One"}) { project { id } } }')
    await app_fixture.tenant.client().with_headers(**SAMPLED)(QUERY, n=SECRET)
    operation = spans.named("query Projects")
    assert spans.parent_name(operation) == "POST /graphql"
    attributes = dict(operation.attributes or {})
    assert attributes["graphql.operation.name"] == "Projects"
    assert attributes["allotment.document.sha256"] == hash_text(QUERY)
    assert isinstance(attributes["allotment.cost"], int)
    assert operation.status.status_code is StatusCode.UNSET
    assert spans.parent_name(spans.named("execute")) == "query Projects"
    load = spans.named("load TaskConnection.nodes")
    assert dict(load.attributes or {})["allotment.parents"] == 1
    statements = [span for span in spans.all() if span.kind is SpanKind.CLIENT]
    assert "load TaskConnection.nodes" in {spans.parent_name(span) for span in statements}
    assert len(statements) >= 2


async def test_operation_of_an_agent_is_a_part_of_its_request(app_fixture: AppFixture, spans: Spans) -> None:
    agent = agent_of(app_fixture)
    agent.headers |= SAMPLED
    await agent.call("run_query", query=QUERY, variables={"n": SECRET})
    operation, request = spans.named("query Projects"), spans.named("POST /mcp")
    assert spans.parent_name(operation) == "POST /mcp"
    assert dict(operation.attributes or {})["allotment.transport"] == "mcp"
    assert dict(request.attributes or {})["http.route"] == "/mcp"


async def test_document_is_parsed_once(app_fixture: AppFixture, spans: Spans) -> None:
    client = app_fixture.tenant.client().with_headers(**SAMPLED)
    for _ in range(2):
        await client("query Once { teams { totalCount } }")
    assert spans.parent_name(spans.named("parse and validate")) == "query Once"


@pytest.mark.only("postgresql")
async def test_commit_is_a_span(app_fixture: AppFixture, spans: Spans) -> None:
    await app_fixture.tenant.client().with_headers(**SAMPLED)(CREATE)
    texts = [dict(span.attributes or {}).get("db.query.text") for span in spans.all()]
    assert any("COMMIT" in str(text) or "INSERT" in str(text) for text in texts)
    assert spans.parent_name(spans.named("execute")) == "mutation Create"


async def test_no_value_is_in_a_span(app_fixture: AppFixture, spans: Spans) -> None:
    client = app_fixture.tenant.client().with_headers(**SAMPLED)
    await client(QUERY, n=SECRET)
    await client(CREATE)
    text = " ".join(f"{span.name} {dict(span.attributes or {})} {span.events}" for span in spans.all())
    assert "SELECT" in text
    for value in (SECRET, "A secret name", str(app_fixture.tenant.id), client.headers["Authorization"]):
        assert value not in text


async def test_request_that_is_not_sampled_has_no_spans(app_fixture: AppFixture, spans: Spans) -> None:
    for headers in (NOT_SAMPLED, {}, {"Traceparent": "00-nonsense"}):
        response = await app_fixture.tenant.client().with_headers(**headers)(QUERY, n=SECRET)
        assert "errors" not in response.body
        assert "traceresponse" not in response.headers
    assert spans.all() == []


async def test_errors_of_the_client_are_no_errors_of_the_span(app_fixture: AppFixture, spans: Spans) -> None:
    await app_fixture.client().with_headers(**SAMPLED)("query Denied { teams { totalCount } }")
    span = spans.named("query Denied")
    assert dict(span.attributes or {})["error.type"] == "UNAUTHENTICATED"
    assert span.status.status_code is StatusCode.UNSET


async def test_only_graphql_requests_are_traced(http: httpx.AsyncClient, spans: Spans) -> None:
    for path in ("/health", "/ready", "/other"):
        await http.get(path, headers=SAMPLED)
    assert spans.all() == []


async def test_log_lines_have_the_id_of_the_trace(
    app_fixture: AppFixture, spans: Spans, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str | None] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            from server.telemetry.log_context import current_log_context

            context = current_log_context()
            seen.append(None if context is None else context.trace_id)

    access_log, handler = logging.getLogger("allotment.access"), Handler()
    access_log.addHandler(handler)
    try:
        with caplog.at_level(logging.INFO, "allotment.access"):
            await app_fixture.tenant.client().with_headers(**SAMPLED)(QUERY, n=SECRET)
    finally:
        access_log.removeHandler(handler)
    assert seen == [TRACE_ID]


async def test_requests_of_the_server_continue_the_trace(app: FastAPI, spans: Spans) -> None:
    assert trace_headers() == {}
    provider = TracerProvider(shutdown_on_exit=False)
    with provider.get_tracer("tests").start_as_current_span("outer") as span:
        headers = trace_headers()
    context = span.get_span_context()
    assert headers["traceparent"].startswith(f"00-{context.trace_id:032x}-{context.span_id:016x}-")


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        ("SELECT a.b1 FROM a WHERE a.c = $1 LIMIT $2", "SELECT a.b1 FROM a WHERE a.c = $1 LIMIT $2"),
        ("EXECUTE verify_user('2026-11-29', 'a''b', 7)", "EXECUTE verify_user"),
        ("SELECT 'it''s', 12, 3.5, t_2.c FROM t_2 LIMIT 20", "SELECT ?, ?, ?, t_2.c FROM t_2 LIMIT ?"),
        ("COMMIT", "COMMIT"),
    ],
)
def test_statements_have_no_values(statement: str, text: str) -> None:
    assert statement_text(statement) == text
