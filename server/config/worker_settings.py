"""The settings of server processes: their number, their supervision and their shutdown."""

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings

from server.config.setting_types import Seconds


class WorkerSettings(BaseSettings):
    """How many processes serve, and how they are replaced and stopped."""

    workers: int = Field(1, ge=1, le=256, description="Server processes.")
    supervise: bool = Field(
        default=False,
        description="Supervise a single worker too, so that SIGHUP restarts it; several workers always are.",
    )
    worker_timeout: Seconds = Field(
        30.0, description="Seconds after which a worker is replaced if its event loop does not run."
    )
    shutdown_delay: Annotated[float, Field(ge=0, le=3600, allow_inf_nan=False)] = Field(
        0.0, description="Seconds between SIGTERM, after which /ready returns 503, and the closing of the port."
    )
