"""Serves the Python contenders as Allotment is served: with one process of uvicorn."""

import gc
import os
from typing import Any

import uvicorn

DATABASE_URL = "BENCH_DATABASE_URL"
PORT = "BENCH_PORT"
POOL = "BENCH_POOL"


def serve(app: Any) -> None:
    """Serve the application until the process is terminated."""
    gc.collect()
    gc.freeze()
    uvicorn.run(
        app, host="127.0.0.1", port=int(os.environ[PORT]), loop="uvloop", http="httptools", log_level="warning",
        access_log=False, server_header=False, lifespan="on",
    )  # fmt: skip


def database_url() -> str:
    """Return the URL of the database."""
    return os.environ[DATABASE_URL]


def pool_size() -> int:
    """Return the size of the connection pool."""
    return int(os.environ[POOL])
