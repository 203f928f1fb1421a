"""Rotation of SECRET_KEY: sessions, and refreshes at the same moment, continue with the next key."""

from fastapi import FastAPI

from tests.api.test_refresh_tokens import refresh_session, sign_in
from tests.support import documents
from tests.support.app_fixture import AppFixture
from tests.support.client import Client
from tests.support.configured_app import app_opener, http_client
from tests.support.settings import PRODUCTION_SECRET_KEY, SECRET_KEY

REFRESHED = "refreshSession"


async def test_tokens_and_refreshes_of_the_former_key_continue(app_fixture: AppFixture, database_url: str) -> None:
    session = await sign_in(app_fixture)
    next_token = (await refresh_session(app_fixture, session["refreshToken"])).payload(REFRESHED)["refreshToken"]
    rotated = {"secret_key": PRODUCTION_SECRET_KEY, "secret_key_fallbacks": f'["{SECRET_KEY}"]'}
    async with app_opener(database_url)(**rotated) as app:
        client = _client(app, session["accessToken"])
        assert (await client(documents.VIEWER)).data["viewer"]["email"] == "member@here.test"
        # Another tab presents the same token after the rotation.
        late = await client(documents.REFRESH_SESSION, input={"refreshToken": session["refreshToken"]})
        assert late.payload(REFRESHED)["refreshToken"] == next_token
        newest = late.payload(REFRESHED)["accessToken"]
    async with app_opener(database_url)(secret_key=PRODUCTION_SECRET_KEY) as app:
        assert (await _client(app, session["accessToken"])(documents.VIEWER)).error_codes == ["UNAUTHENTICATED"]
        assert (await _client(app, newest)(documents.VIEWER)).data["viewer"]
        refreshed = await _client(app, "")(documents.REFRESH_SESSION, input={"refreshToken": next_token})
        assert refreshed.payload(REFRESHED)["accessToken"]


def _client(app: FastAPI, token: str) -> Client:
    return Client(http_client(app), **{"Authorization": f"Bearer {token}"} if token else {})
