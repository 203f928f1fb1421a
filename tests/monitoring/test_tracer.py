"""The configuration of OpenTelemetry's SDK."""

import os
from importlib.metadata import EntryPoint
from typing import Any

import pytest
from opentelemetry import trace

from server.config.settings import SettingsError
from server.telemetry import tracer


class Configurator:
    """What a distribution of OpenTelemetry registers."""

    configured: list[dict[str, str]] = []  # noqa: RUF012

    def configure(self) -> None:
        """Note the environment."""
        names = ("OTEL_SERVICE_NAME", "OTEL_TRACES_EXPORTER", "OTEL_METRICS_EXPORTER")
        self.configured.append({name: os.environ[name] for name in names})


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment without variables of OpenTelemetry, to which the variables that the code sets do not leak."""
    monkeypatch.setattr(os, "environ", {name: value for name, value in os.environ.items() if "OTEL" not in name})
    monkeypatch.setattr(Configurator, "configured", [])
    monkeypatch.setattr(trace, "get_tracer_provider", trace.ProxyTracerProvider)


def register(monkeypatch: pytest.MonkeyPatch, *configurators: str) -> None:
    """Pretend that these are installed."""
    points = [EntryPoint("configurator", value, "opentelemetry_configurator") for value in configurators]

    def entry_points(group: str) -> Any:
        assert group == "opentelemetry_configurator"
        return points

    monkeypatch.setattr(tracer, "entry_points", entry_points)


def test_installed_sdk_is_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    register(monkeypatch, f"{__name__}:Configurator")
    monkeypatch.setattr(EntryPoint, "load", lambda _self: Configurator)
    os.environ["OTEL_SERVICE_NAME"] = "shop"
    tracer.load_tracer()
    assert Configurator.configured == [
        {"OTEL_SERVICE_NAME": "shop", "OTEL_TRACES_EXPORTER": "otlp", "OTEL_METRICS_EXPORTER": "none"}
    ]


def test_missing_sdk_is_an_error_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    register(monkeypatch)
    with pytest.raises(SettingsError, match=r"TRACES: needs the extra otel; run pip install '\.\[otel\]'"):
        tracer.load_tracer()


def test_configured_provider_is_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    register(monkeypatch, f"{__name__}:Configurator")
    monkeypatch.setattr(trace, "get_tracer_provider", trace.NoOpTracerProvider)
    tracer.load_tracer()
    assert Configurator.configured == []
