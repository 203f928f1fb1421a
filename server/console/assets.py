"""The files of the console. Their names contain a hash of the content, so browsers store them permanently."""

import os
from mimetypes import guess_type
from pathlib import Path

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Scope

from server.console.headers import SECURITY_HEADERS
from server.console.precompressed import SUFFIXES, encoded_file, find_encoding

# index.html references its files relative to `<base href="graphql/console/">`.
ASSETS_PATH = "/graphql/console/assets"
HEADERS = {
    **SECURITY_HEADERS,
    "Cache-Control": "public, max-age=31536000, immutable",
    "Vary": "Accept-Encoding",
}


def asset_routes(dist: Path) -> list[BaseRoute]:
    """Build the route of the console's files in `dist`. A later build of the console needs no restart."""
    return [Mount(ASSETS_PATH, CompressedStaticFiles(directory=dist / "assets", check_dir=False), name="console")]


class CompressedStaticFiles(StaticFiles):
    """Static files with hashed names, in an encoding that the client accepts."""

    async def check_config(self) -> None:
        """Accept a missing directory: before `make console`, requests for its files respond with 404."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        if path.endswith(SUFFIXES):  # a file in an encoding, not one of its own
            raise HTTPException(404)
        return await super().get_response(path, scope)

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        request_headers = Headers(scope=scope)
        encoding = find_encoding(Path(full_path), request_headers.get("Accept-Encoding", ""))
        headers = HEADERS if encoding is None else {**HEADERS, "Content-Encoding": encoding}
        file = encoded_file(Path(full_path), encoding)
        encoded_stat = stat_result if encoding is None else file.stat()
        media_type = guess_type(full_path)[0]
        response = FileResponse(file, status_code, headers, media_type, stat_result=encoded_stat)
        return (
            NotModifiedResponse(response.headers)
            if self.is_not_modified(response.headers, request_headers)
            else response
        )
