"""The number of connections fits into the file descriptors of the process."""

import logging
import resource
from dataclasses import replace

import pytest

from server.config.connection_limits import ConnectionLimits
from server.connections.descriptors import DescriptorBudget, find_budget, fit_limits, raise_descriptor_limit

LIMITS = ConnectionLimits()


def test_limits_that_fit_are_unchanged(caplog: pytest.LogCaptureFixture) -> None:
    assert fit_limits(LIMITS, None) == fit_limits(LIMITS, DescriptorBudget(20_000, 20)) == LIMITS
    assert caplog.records == []


def test_connections_are_lowered_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        limits = fit_limits(LIMITS, DescriptorBudget(1024, 20))
    assert limits == replace(LIMITS, connections=1024 - 64 - 60 - 128, connections_per_address=386)
    (record,) = caplog.records
    assert "MAX_CONNECTIONS is 10000, but this process may open only 1024 file descriptors" in record.message
    assert "it accepts 772 connections" in record.message


def test_some_connections_are_always_accepted() -> None:
    assert fit_limits(LIMITS, DescriptorBudget(64, 1000)).connections == 8


@pytest.mark.parametrize(("connections", "per_address", "expected"), [(1, 10, 1), (10, 100, 5), (10, 2, 2)])
def test_an_address_gets_at_most_half(connections: int, per_address: int, expected: int) -> None:
    limits = replace(LIMITS, connections=connections, connections_per_address=per_address)
    assert fit_limits(limits, None).connections_per_address == expected


def test_soft_limit_is_raised() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        pytest.skip("needs a hard limit")
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, hard - 1), hard))
    try:
        assert raise_descriptor_limit(20) == find_budget(20) == DescriptorBudget(hard, 20)
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_fallback_is_used_if_the_hard_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    current = (256, resource.RLIM_INFINITY)

    def set_limit(_resource: int, limits: tuple[int, int]) -> None:
        nonlocal current
        if limits[0] == resource.RLIM_INFINITY or limits[0] > 10_240:
            raise ValueError
        current = limits

    monkeypatch.setattr(resource, "getrlimit", lambda _resource: current)
    monkeypatch.setattr(resource, "setrlimit", set_limit)
    assert raise_descriptor_limit(20) == DescriptorBudget(10_240, 20)
