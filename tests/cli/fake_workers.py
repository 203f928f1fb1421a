"""A supervisor of processes that only imitate workers: `python -m tests.cli.fake_workers FOLDER COUNT`.

Each worker reads from the file `behavior` in the folder how to behave when it starts.
"""

import logging
import signal
import sys
import time
from collections.abc import Sequence
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from socket import socket
from typing import Any

from server.cli.errors import CommandFailed
from server.cli.supervisor import Supervisor
from server.cli.worker import START_FAILED
from server.cli.worker_channel import Channel
from server.cli.worker_process import WorkerProcess

REASON = "SECRET_KEY: is missing."


def run_fake_worker(options: dict[str, Any], _sockets: Sequence[socket], connection: Connection) -> None:
    """Imitate a worker."""
    channel, behavior = Channel(connection), Path(options["folder"], "behavior").read_text()
    if behavior == "fail":
        channel.send("failed", reason=REASON, traceback="")
        sys.exit(START_FAILED)
    if behavior == "wait":
        wait_for_file(Path(options["folder"], "go"))
    is_stubborn = behavior == "ignore signals"
    for number in (signal.SIGTERM, signal.SIGUSR1):
        signal.signal(number, signal.SIG_IGN if is_stubborn else lambda *_: sys.exit(0))
    times = {"stop_seconds": 1 if is_stubborn else 60, "retire_seconds": 1 if is_stubborn else 60}
    channel.send("ready", **times, timeout=1 if behavior == "hang" else 60)
    if behavior == "end":
        sys.exit(7)
    while True:
        if behavior != "hang":
            channel.offer("alive")
        time.sleep(0.1)


def wait_for_file(path: Path) -> None:
    """Wait until the file exists."""
    sys.stderr.write(f"A worker waits for {path}\n")
    while not path.exists():
        time.sleep(0.05)


def main(folder: str, count: str) -> None:
    """Run the supervisor until a signal."""
    logging.basicConfig(level=logging.INFO)
    start_worker = partial(WorkerProcess, {"folder": folder}, [], run_fake_worker)
    try:
        Supervisor(start_worker, int(count), [], "http://nowhere").run()
    except CommandFailed as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main(*sys.argv[1:])
