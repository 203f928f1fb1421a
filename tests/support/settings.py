"""Settings of the applications that tests run in their own process."""

import os
from typing import Any

from pydantic import BaseModel, ValidationError

from server.config.settings import Settings, variable_name
from server.config.settings_error import SettingsError, describe_validation_error
from tests.support.issuer_keys import ISSUER_SETTING

SECRET_KEY = "a secret that only the tests know, long enough"
PRODUCTION_SECRET_KEY = "0q9w8e7rtyuio3pas5dfghj2klzxcvbnm"
"""A secret that production accepts."""


class SettingsOfArguments(Settings):
    """Settings that ignore the environment: looking it up for each field takes longer than many tests."""

    def __init__(self, **values: Any) -> None:
        BaseModel.__init__(self, **values)


def build_settings(database_url: str, **overrides: Any) -> Settings:
    """Return test settings for a database, with cheap password hashing."""
    values = {"environment": "test", "database_url": database_url, "secret_key": SECRET_KEY, "bcrypt_rounds": 4}
    executor = {"executor": os.environ.get(variable_name("executor"), "compiled")}  # tests/api/test_other_executor.py
    no_slow_log = {"slow_operation_ms": 0}  # on a busy machine, any operation may be slow
    issuers = {"oidc_issuers": [ISSUER_SETTING], "oidc_max_token_seconds": 86_400}  # test runs may take long
    return _load_arguments(values | executor | no_slow_log | issuers | overrides)


def change_settings(settings: Settings, **values: Any) -> Settings:
    """Return settings with other values, which are validated."""
    issuers = {"oidc_issuers": settings.oidc_issuers}  # pydantic dumps what they consist of
    return _load_arguments(settings.model_dump() | issuers | values)


def _load_arguments(values: dict[str, Any]) -> Settings:
    try:
        return SettingsOfArguments(**values)
    except ValidationError as invalid:
        raise SettingsError(describe_validation_error(invalid, Settings.model_fields)) from None
