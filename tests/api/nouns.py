"""Parametrization of tests by noun: the fixture `noun` of conftest.py is a client of each."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.noun_spec import NounSpec
from tests.support.noun_specs import NOUN_SPECS


def for_nouns_that(fulfil: Callable[[NounSpec], Any]) -> pytest.MarkDecorator:
    """Run a test for each noun that fulfils a condition."""
    specs = [spec for spec in NOUN_SPECS if fulfil(spec)]
    return pytest.mark.parametrize("noun", specs, ids=str, indirect=True)


def for_nouns_with(*actions: str) -> pytest.MarkDecorator:
    """Run a test for each noun whose objects clients can create, update or delete."""
    return for_nouns_that(lambda spec: all(map(spec.has, actions)))
