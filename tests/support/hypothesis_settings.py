"""Hypothesis settings. ALLOTMENT_CASES sets the number of examples of the slow tests (`make fuzz CASES=…`)."""

import os

from hypothesis import HealthCheck, settings

MAX_EXAMPLES = int(os.environ.get("ALLOTMENT_CASES", "150"))


def deterministic_settings(max_examples: int, *suppressed_checks: HealthCheck) -> settings:
    """Return settings that generate the same examples in every run. All examples of a test share its database."""
    return settings(
        max_examples=max_examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, *suppressed_checks],
    )
