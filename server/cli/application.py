"""What each process of a server with several runs."""

from fastapi import FastAPI

from server.app import create_app
from server.logs import configure_logging
from server.settings import load_settings


def application() -> FastAPI:
    """The application, its process's log set up."""
    settings = load_settings()
    configure_logging(settings)
    return create_app(settings)
