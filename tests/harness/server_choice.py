"""Whether the tests start PostgreSQL servers, or use that of the variable TEST_POSTGRES_URL. What needs control of the
server is skipped there."""

import os
from typing import Any

import pytest

URL_VARIABLE = "TEST_POSTGRES_URL"
SUPERUSER_VARIABLE = "TEST_POSTGRES_SUPERUSER_URL"
NEEDS_CONTROL = "needs control of the PostgreSQL server"
NEEDS_SUPERUSER = f"needs a superuser of the PostgreSQL server ({SUPERUSER_VARIABLE})"
NEEDS_CITUS = "needs a coordinator of Citus with workers"
NEEDS_DATABASES = "needs databases of its own, which tests on Citus do not create"


def external_url(variable: str = URL_VARIABLE) -> str:
    """Return the URL in the variable as asyncpg reads it; an empty string if there is none."""
    scheme, separator, rest = os.environ.get(variable, "").partition("://")
    return f"{scheme.partition('+')[0]}{separator}{rest}"


def skip_marked(item: Any) -> None:
    """Skip the test, which would use Citus, if its marker not_on_citus says why it cannot."""
    if (marker := item.get_closest_marker("not_on_citus")) is not None:
        pytest.skip(f"not on Citus: {marker.args[0]}")


def require_control() -> None:
    """Skip the test if it may not start servers."""
    if external_url():
        pytest.skip(NEEDS_CONTROL)
