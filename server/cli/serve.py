"""`allotment serve`."""

import gc
from typing import Annotated, Any

import typer


def serve(
    host: Annotated[str | None, typer.Option(help="The address to listen on.  [HOST, or 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="0 for any free port.  [PORT, or 8000]")] = None,
    workers: Annotated[int | None, typer.Option(min=1, max=256, help="Worker processes.  [WORKERS, or 1]")] = None,
    reload: Annotated[bool, typer.Option("--reload", help="Restart when the code changes.")] = False,
    demo: Annotated[bool, typer.Option("--demo", help="First migrate the database and load the demo data.")] = False,
) -> None:
    """Run the server until Ctrl-C.

    \b
    allotment serve --demo
    allotment serve --host 0.0.0.0 --port 80 --workers 4
    """
    if reload and (workers or 1) > 1:
        raise typer.BadParameter("works with one worker only.", param_hint="--reload")
    gc.disable()  # during start-up: collections over a thousand loaded modules take an eighth of its time
    try:
        from server.cli.startup import start
        from server.config.settings import load_settings

        given = {"host": host, "port": port, "workers": 1 if reload else workers}
        options: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        start(load_settings(**options), options, demo=demo, reload=reload)
    finally:
        gc.enable()
