"""The settings of cost budgets, and the limits that are built from them."""

from pathlib import Path

import pytest

from server.bucket_limits_factory import build_bucket_limits
from server.config import settings as settings_module
from server.config.settings import Settings, SettingsError, load_settings, variable_name


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for field in Settings.model_fields:
        monkeypatch.delenv(variable_name(field), raising=False)
    monkeypatch.setattr(settings_module, "SECRET_FILE", tmp_path / ".allotment-secret")


def test_limits_by_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COST_PER_SECOND_TENANT", "5")
    limits = build_bucket_limits(load_settings(None)).by_kind
    assert {kind: (limit.per_second, limit.burst) for kind, limit in limits.items()} == {
        "tenant": (5, 4_000_000),
        "user": (250_000, 2_500_000),
        "api-key": (250_000, 2_500_000),
        "address": (50_000, 500_000),
    }
    assert limits["api-key"].settings == ("COST_PER_SECOND_PRINCIPAL", "COST_BURST_PRINCIPAL")


def test_zero_points_per_second_switch_a_budget_off() -> None:
    settings = load_settings(None, cost_per_second_principal=0, cost_per_second_anonymous=0)
    assert list(build_bucket_limits(settings).by_kind) == ["tenant"]


@pytest.mark.parametrize(
    ("burst", "limit"),
    [
        ("cost_burst_principal", "max_cost_user"),
        ("cost_burst_principal", "max_cost_api_key"),
        ("cost_burst_tenant", "max_cost_user"),
        ("cost_burst_tenant", "max_cost_api_key"),
        ("cost_burst_anonymous", "max_cost_anonymous"),
    ],
)
def test_burst_must_permit_the_most_expensive_operation(burst: str, limit: str) -> None:
    values = {"max_cost_user": 1, "max_cost_api_key": 1, "max_cost_anonymous": 1, limit: 500}
    with pytest.raises(SettingsError) as caught:
        load_settings(None, **values, **{burst: 499})
    assert str(caught.value) == (
        f"{burst.upper()}: must be at least {limit.upper()}, which is 500; otherwise operations of that cost could "
        "never be executed"
    )
    load_settings(None, **values, **{burst: 500})
    load_settings(None, **values, **{burst: 499, burst.replace("burst", "per_second"): 0})


def test_default_burst_is_checked_too() -> None:
    with pytest.raises(SettingsError, match="COST_BURST_PRINCIPAL: must be at least MAX_COST_USER"):
        load_settings(None, max_cost_user=30_000_000)
