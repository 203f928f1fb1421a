"""The end of an application that no server runs."""

from fastapi import FastAPI


async def close(app: FastAPI) -> None:
    """What its server would do: wait for what goes on in the background, and give the connections back."""
    await app.state.background.drain()
    await app.state.database.close()
