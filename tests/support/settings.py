"""Settings of the applications that tests run in their own process."""

from typing import Any

from server.config.settings import Settings, load_settings
from tests.support.issuer_keys import ISSUER_SETTING

SECRET_KEY = "a secret that only the tests know, long enough"
PRODUCTION_SECRET_KEY = "0q9w8e7rtyuio3pas5dfghj2klzxcvbnm"
"""A secret that production accepts."""


def build_settings(database_url: str, **overrides: Any) -> Settings:
    """Return test settings for a database, with cheap password hashing."""
    values = {"environment": "test", "database_url": database_url, "secret_key": SECRET_KEY, "bcrypt_rounds": 4}
    no_slow_log = {"slow_operation_ms": 0}  # on a busy machine, any operation may be slow
    issuers = {"oidc_issuers": [ISSUER_SETTING], "oidc_max_token_seconds": 86_400}  # test runs may take long
    return load_settings(None, **values | no_slow_log | issuers | overrides)


def change_settings(settings: Settings, **values: Any) -> Settings:
    """Return settings with other values, which are validated."""
    issuers = {"oidc_issuers": settings.oidc_issuers}  # pydantic dumps what they consist of
    return load_settings(None, **settings.model_dump() | issuers | values)
