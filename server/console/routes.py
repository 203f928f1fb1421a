"""The routes of the console, besides its page at the GraphQL endpoint."""

from collections.abc import Callable
from pathlib import Path

from starlette.routing import BaseRoute

from resolvers.app_services import AppServices
from server.config.settings import Settings
from server.console.assets import asset_routes
from server.console.inbox import Inbox, build_inbox_file
from server.console.page import page_routes
from server.console.server_info import ServerInfo


def console_routes(
    settings: Settings, services: AppServices, dist: Path, hash_schema: Callable[[], str]
) -> list[BaseRoute]:
    """Build the routes of the console that is built in `dist`; none if the console is off."""
    if not settings.graphiql:
        return []
    file = build_inbox_file(settings)
    inbox = None if file is None else Inbox(file)
    info = ServerInfo(settings, services, inbox, hash_schema)
    inbox_routes = [] if inbox is None else [inbox.route()]
    return [info.route(), *inbox_routes, *page_routes(settings, dist), *asset_routes(dist)]
