"""The trace of the current request, for requests that the server sends to others (W3C Trace Context)."""

from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

PROPAGATOR = TraceContextTextMapPropagator()


def trace_headers() -> dict[str, str]:
    """Return the headers `traceparent` and `tracestate`; none outside a trace, or if TRACES is off."""
    headers: dict[str, str] = {}
    PROPAGATOR.inject(headers)
    return headers
