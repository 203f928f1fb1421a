"""How the Python contenders are served: as Allotment is, by one process of uvicorn."""

import gc
import os
from typing import Any

import uvicorn

DATABASE_URL = "BENCH_DATABASE_URL"
PORT = "BENCH_PORT"
POOL = "BENCH_POOL"


def serve(app: Any) -> None:
    """Serve until told to stop."""
    gc.collect()
    gc.freeze()
    uvicorn.run(
        app, host="127.0.0.1", port=int(os.environ[PORT]), loop="uvloop", http="httptools", log_level="warning",
        access_log=False, server_header=False, lifespan="on",
    )  # fmt: skip


def database_url() -> str:
    """Where the tables are."""
    return os.environ[DATABASE_URL]


def pool_size() -> int:
    """How many connections to keep."""
    return int(os.environ[POOL])
