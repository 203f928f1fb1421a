"""What the console has to know about the server before anyone signs in: `GET /graphql/console/server.json`."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from resolvers.app_services import AppServices
from server.config.settings import Settings
from server.config.version import program_version
from server.console.inbox import Inbox
from server.console.page import leads_here
from server.console.tagged_response import json_response
from server.seed.demo_users import PASSWORD, TENANTS, DemoUser, find_demo_users, slugs_of
from services.people.oidc.console_clients import SignInOption

SERVER_INFO_PATH = "/graphql/console/server.json"
CACHE_CONTROL = "private, max-age=10"
"""Not in shared caches: whether the inbox may be read depends on the client."""


class ServerInfo:
    """Describes the server for its console. In production, it says nothing that the schema does not say, except how to
    sign in without a password."""

    def __init__(
        self, settings: Settings, services: AppServices, inbox: Inbox | None, hash_schema: Callable[[], str]
    ) -> None:
        self._settings = settings
        self._database = services.database
        self._has_passkeys = services.relying_party is not None
        self._clients = services.id_tokens.console_clients
        self._inbox = inbox
        self._hash_schema = hash_schema

    def route(self) -> Route:
        """Build the route."""
        return Route(SERVER_INFO_PATH, self._respond)

    async def _respond(self, request: Request) -> Response:
        return json_response(request, await self._describe(request), CACHE_CONTROL)

    async def _describe(self, request: Request) -> dict[str, Any]:
        is_production = self._settings.environment == "production"
        demo_users = await self._find_demo_users()
        shows_schema = self._settings.introspection
        return {
            "name": "Allotment",
            "version": program_version() if shows_schema else None,
            # In a thread: the first time, it takes long enough to delay other requests.
            "schemaHash": await asyncio.to_thread(self._hash_schema) if shows_schema else None,
            "environment": "production" if is_production else "development",
            "demo": _describe_demo(demo_users) if demo_users else None,
            "inbox": self._inbox is not None and self._inbox.may_read(request),
            "pages": leads_here(self._settings, request),
            "issuers": [_describe_issuer(option) for option in self._clients.options],
            "passkeys": self._has_passkeys,
            "trace": "everyone" if self._settings.shows_traces_to_everyone else "superusers",
        }

    async def _find_demo_users(self) -> Mapping[str, DemoUser]:
        """Return the demo users of the database; none outside development, or if the database is not available."""
        if self._settings.environment != "development":
            return {}
        try:
            async with self._database.read_engine.connect() as connection:
                return await find_demo_users(connection)
        except (SQLAlchemyError, OSError, TimeoutError):
            return {}


def _describe_issuer(option: SignInOption) -> dict[str, str]:
    return {
        "issuer": option.issuer,
        "name": option.client.name,
        "clientId": option.client.id,
        "authorizationEndpoint": option.authorization_endpoint,
        "tokenEndpoint": option.token_endpoint,
    }


def _describe_demo(users: Mapping[str, DemoUser]) -> dict[str, Any]:
    return {
        "tenants": [{"slug": slug, "name": TENANTS[slug]} for slug in slugs_of(users.values())],
        "users": [
            {"label": user.label, "name": user.name, "email": email, "password": PASSWORD, "tenant": user.tenant}
            for email, user in users.items()
        ],
    }
