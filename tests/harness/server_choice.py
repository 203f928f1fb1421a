"""Whether the tests start PostgreSQL servers, or use that of the variable TEST_POSTGRES_URL. What needs control of the
server is skipped there."""

import os

import pytest

URL_VARIABLE = "TEST_POSTGRES_URL"
SUPERUSER_VARIABLE = "TEST_POSTGRES_SUPERUSER_URL"
NEEDS_CONTROL = "needs control of the PostgreSQL server"
NEEDS_SUPERUSER = f"needs a superuser of the PostgreSQL server ({SUPERUSER_VARIABLE})"
NEEDS_CITUS = "needs a coordinator of Citus with workers"
NEEDS_ONE_SERVER = "tests SQL that no statement of the application on Citus contains"
NEEDS_DATABASES = "needs databases of its own, which tests on Citus do not create"


def external_url(variable: str = URL_VARIABLE) -> str:
    """Return the URL in the variable as asyncpg reads it; an empty string if there is none."""
    scheme, separator, rest = os.environ.get(variable, "").partition("://")
    return f"{scheme.partition('+')[0]}{separator}{rest}"


def require_control() -> None:
    """Skip the test if it may not start servers."""
    if external_url():
        pytest.skip(NEEDS_CONTROL)
