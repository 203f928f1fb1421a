"""`python -m website build <folder>` builds the site, and `python -m website serve <port>` serves website/dist."""

import subprocess
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from server.config.paths import PROJECT_ROOT

DIST = PROJECT_ROOT / "website" / "dist"


def main(arguments: list[str]) -> None:
    """Run a command. Exit with a message if it fails."""
    match arguments:
        case ["build", folder]:
            _build(Path(folder))
        case ["serve", port] if port.isdecimal() and int(port) < 1 << 16:
            _serve(int(port))
        case _:
            sys.exit(f"Usage: {__doc__}")


def _build(folder: Path) -> None:
    from website.site import build_site

    try:
        build_site(PROJECT_ROOT, folder)
    except subprocess.CalledProcessError as error:
        sys.exit(f"The documentation could not be built:\n{error.stdout}{error.stderr}")
    _say(f"The documentation is in {folder}. `make docs` serves it.")


def _serve(port: int) -> None:
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), partial(SimpleHTTPRequestHandler, directory=DIST))
    except OSError as error:
        sys.exit(f"Port {port} cannot be used ({error.strerror}). Choose another one: make docs PORT=8002")
    _say(f"The documentation is at http://localhost:{server.server_port}. Ctrl-C stops the server.")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
