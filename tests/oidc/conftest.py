"""Fixtures: a sign-in with an ID token, an issuer, and the application with it."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from fastapi import FastAPI

from tests.support.app_fixture import AppFixture
from tests.support.client import GraphQLResponse
from tests.support.email_capture import EmailCapture
from tests.support.issuer_documents import LOGIN_WITH_ISSUER
from tests.support.issuer_server import IssuerServer, open_issuer

SignIn = Callable[..., Awaitable[GraphQLResponse]]


@pytest.fixture
def sign_in(app_fixture: AppFixture) -> SignIn:
    """Sign in with an ID token: `sign_in(token, **further_input)`."""

    async def send(token: str, **values: str) -> GraphQLResponse:
        return await app_fixture.client()(LOGIN_WITH_ISSUER, input={"idToken": token, **values})

    return send


@pytest.fixture
async def issuer() -> AsyncIterator[IssuerServer]:
    """An issuer on this machine."""
    async with open_issuer() as opened:
        yield opened


@pytest.fixture
def email_capture(app: FastAPI, caplog: pytest.LogCaptureFixture) -> EmailCapture:
    """Captures the emails that the application sends."""
    return EmailCapture(app, caplog)
