"""The presets of the connection pool, and single settings that override them."""

import pytest

from server.config.settings import Settings, SettingsError, load_settings, variable_name


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields:
        monkeypatch.delenv(variable_name(field), raising=False)
    monkeypatch.setenv("SECRET_KEY", "a secret of these tests, long enough")


@pytest.mark.parametrize(
    ("preset", "pool"),
    [
        (None, (10, 10)),
        ("", (10, 10)),
        ("light", (5, 5)),
        ("medium", (20, 10)),
        ("heavy", (30, 0)),
        (" Heavy ", (30, 0)),
    ],
)
def test_preset_sets_pool_size_and_overflow(
    monkeypatch: pytest.MonkeyPatch, preset: str | None, pool: tuple[int, int]
) -> None:
    if preset is not None:
        monkeypatch.setenv("DB_POOL_PRESET", preset)
    settings = load_settings(None)
    assert (settings.db_pool_size, settings.db_max_overflow) == pool


@pytest.mark.parametrize(("name", "pool"), [("DB_POOL_SIZE", (7, 10)), ("DB_MAX_OVERFLOW", (20, 7))])
def test_single_settings_override_the_preset(monkeypatch: pytest.MonkeyPatch, name: str, pool: tuple[int, int]) -> None:
    monkeypatch.setenv("DB_POOL_PRESET", "medium")
    monkeypatch.setenv(name, "7")
    settings = load_settings(None)
    assert (settings.db_pool_size, settings.db_max_overflow) == pool


def test_unknown_preset_is_the_only_problem_reported() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(None, db_pool_preset="huge")
    assert str(caught.value) == "DB_POOL_PRESET: must be 'light', 'medium' or 'heavy'"


@pytest.mark.parametrize("value", ["0", "-1", "86401", "1.5"])
def test_recycle_time_out_of_bounds_is_rejected(value: str) -> None:
    with pytest.raises(SettingsError, match="DB_POOL_RECYCLE: must be a whole number from 1 to 86400"):
        load_settings(None, db_pool_recycle=value)
