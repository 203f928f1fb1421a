"""Starting the server: first everything that may be wrong is looked at, then uvicorn takes over."""

import gc
import logging
from contextlib import ExitStack, suppress
from socket import socket
from typing import Any

import uvicorn
from sqlalchemy import select

from models import User
from server.checkout import CHECKOUT
from server.cli.commands import Failed
from server.cli.database import require_no_production, run
from server.cli.greeting import greet
from server.cli.listening import listen, url_of
from server.cli.migrating import bring_up_to_date, revision_of
from server.cli.processes import Reloader, Workers
from server.cli.seeding import load_demo
from server.database import Database
from server.database_role import check_role
from server.logs import configure_logging
from server.seed.demo import MEMBERS
from server.settings import Settings

log = logging.getLogger("allotment.server")

APPLICATION = "server.cli.application:application"
WATCHED = ("dataloaders", "executor", "models", "queries", "resolvers", "schema", "server", "services")
KEEP_ALIVE = 75
"""Seconds. Load balancers keep connections for a minute, and send requests into those that we close before them."""
PATIENCE = {"production": 25, "development": 2, "test": 2}
"""Seconds for requests to end when the server is to stop. Orchestrators kill after thirty; a developer waits less."""


def start(settings: Settings, *, demo: bool, reload: bool) -> None:
    """Serve until interrupted. Raises what is wrong with the port or the database before anything is served."""
    configure_logging(settings)
    with ExitStack() as stack:
        sockets = [stack.enter_context(each) for each in listen(settings.host, settings.port)]
        if demo:
            require_no_production(settings, "The demo")
            bring_up_to_date(settings, revision_of(settings))
            load_demo(settings)
        demo_is_loaded = run(settings, lambda database: _look(database, settings))
        url = url_of(settings.host, sockets[0])
        greet(settings, url, demo_is_loaded=demo_is_loaded)
        log.info("Listening on %s", url)
        with suppress(KeyboardInterrupt):  # raised by uvicorn once it has stopped in good order
            _serve(settings, sockets, reload=reload)


async def _look(database: Database, settings: Settings) -> bool:
    """Whether the demo is there; UnboundRole if the server must not run like this."""
    production = settings.environment == "production"
    async with database.reading.connect() as connection:
        if production:  # elsewhere the server itself warns when it starts
            await check_role(connection, production=production)
        user = User.__table__  # type: ignore[attr-defined]
        demo = select(user.c.id).where(user.c.email == next(iter(MEMBERS)))
        return await connection.scalar(demo) is not None


def _serve(settings: Settings, sockets: list[socket], *, reload: bool) -> None:
    if reload:
        config = _config(settings, APPLICATION, factory=True, reload=True)
        Reloader(config, target=uvicorn.Server(config).run, sockets=sockets).run()
    elif settings.workers > 1:
        Workers(_config(settings, APPLICATION, factory=True, workers=settings.workers), sockets).run()
    else:
        from server.app import create_app

        server = uvicorn.Server(_config(settings, create_app(settings)))
        gc.enable()
        server.run(sockets)
        if not server.started:
            raise Failed("The server did not start; the log says why.")


def _config(settings: Settings, app: Any, **more: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_config=None,  # server/logs.py has set it up
        access_log=False,
        server_header=False,
        lifespan="on",
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or None,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=PATIENCE[settings.environment],
        reload_dirs=[str(CHECKOUT / name) for name in WATCHED if more.get("reload") and (CHECKOUT / name).is_dir()],
        **more,
    )
