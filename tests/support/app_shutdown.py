"""Shutdown of an application that runs without a server."""

from fastapi import FastAPI


async def shut_down(app: FastAPI) -> None:
    """Finish background tasks, return leased budgets and close the database, as a server's shutdown does."""
    await app.state.background.drain()
    await app.state.services.cost_budgets.close()
    await app.state.services.id_tokens.close()
    if app.state.services.replicas is not None:
        await app.state.services.replicas.close()
    await app.state.database.close()
