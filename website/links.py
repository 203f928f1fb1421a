"""Links of a page: to other pages of the site, to files that the site carries, and to files that it does not."""

import posixpath
import re
from collections.abc import Mapping

from website.anchors import CODE_BLOCK

_LINK = re.compile(r"(?P<open>!?\[(?P<text>[^\]]*)\]\()(?P<target>[^)\s]+)\)")
_PROTECTED = re.compile(
    rf"(?P<code>{CODE_BLOCK.pattern}|`[^`\n]+`)|(?P<link>{_LINK.pattern})", re.MULTILINE | re.DOTALL
)
_EXTERNAL = re.compile(r"[a-z]+:")


def rewrite_links(text: str, file: str, destinations: Mapping[str, str]) -> str:
    """Return the text of a file with links for the site. `destinations` has the paths on the site by those in the
    checkout. A link to a file that is not on the site becomes its text: the site knows no forge."""

    def rewrite(match: re.Match[str]) -> str:
        if match["link"] is None or _EXTERNAL.match(match["target"]):
            return match[0]
        path, _, anchor = match["target"].partition("#")
        source = posixpath.normpath(posixpath.join(posixpath.dirname(file), path)) if path else file
        if source not in destinations:
            return match["text"]
        here = posixpath.dirname(destinations[file])
        return f"{match['open']}{posixpath.relpath(destinations[source], here or '.')}{'#' * bool(anchor)}{anchor})"

    return _PROTECTED.sub(rewrite, text)
