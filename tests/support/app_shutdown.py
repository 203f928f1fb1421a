"""Shutdown of an application that runs without a server."""

from fastapi import FastAPI


async def shut_down(app: FastAPI) -> None:
    """Wait for background tasks and close the database connections, as a server's shutdown does."""
    await app.state.background.drain()
    await app.state.database.close()
