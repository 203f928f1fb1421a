"""The tracer of the process. The code uses OpenTelemetry's API only; the extra `otel` has the SDK that exports."""

import os
from importlib.metadata import entry_points

from opentelemetry import trace

from server.config.settings_error import SettingsError

_DEFAULTS = {
    "OTEL_SERVICE_NAME": "allotment",
    "OTEL_TRACES_EXPORTER": "otlp",
    "OTEL_METRICS_EXPORTER": "none",
    "OTEL_LOGS_EXPORTER": "none",
    "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
}
_CONFIGURATORS = "opentelemetry_configurator"


def load_tracer() -> trace.Tracer:
    """Return the tracer. Configure the SDK from the variables OTEL_… unless the program that started this one, such as
    opentelemetry-instrument, has done that. Raise SettingsError if the SDK is not installed."""
    if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        _configure()
    return trace.get_tracer("allotment")


def _configure() -> None:
    configurators = list(entry_points(group=_CONFIGURATORS))
    if not configurators:
        raise SettingsError(["TRACES: needs the extra otel; run pip install '.[otel]', or set TRACES=false"])
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
    configurators[0].load()().configure()
