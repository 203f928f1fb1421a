"""Changes to the built pages: a policy for what they may load, and the renderer of diagrams where there are some."""

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

MERMAID = "assets/mermaid.js"
_INLINE_SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)(?P<attributes>[^>]*)>(?P<text>.*?)</script>", re.DOTALL)
_EMPTY_HEADER = re.compile(r"<th(?P<attributes>[^>]*)>\s*</th>")
_SCRIPT = re.compile(r"<script src=")
_POLICY = (
    "default-src 'none'; script-src 'self'{hashes}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'"
)
"""Inline styles are those of the diagrams. `frame-ancestors` is only possible in a header."""


def finish_pages(site: Path) -> None:
    """Change all built pages."""
    has_mermaid = (site / MERMAID).exists()
    for file in sorted(site.rglob("*.html")):
        depth = len(file.relative_to(site).parts) - 1
        file.write_text(_finish(file.read_text(encoding="utf-8"), depth, has_mermaid), encoding="utf-8")


def _finish(html: str, depth: int, has_mermaid: bool) -> str:  # noqa: FBT001
    if has_mermaid and '<pre class="mermaid">' in html:
        # Before the script of the theme, which would load it from another host.
        html = _SCRIPT.sub(f'<script src="{"../" * depth}{MERMAID}"></script><script src=', html, count=1)
    html = _EMPTY_HEADER.sub(r"<td\g<attributes>></td>", html)  # a header without a name is none
    policy = f'<meta http-equiv="Content-Security-Policy" content="{build_policy(html)}">'
    return html.replace("<head>", f"<head>{policy}", 1)


def build_policy(html: str) -> str:
    """Return the Content-Security-Policy of a page. It names its inline scripts by their hashes."""
    scripts = {
        match["text"] for match in _INLINE_SCRIPT.finditer(html) if "application/json" not in match["attributes"]
    }
    hashes = sorted(b64encode(sha256(script.encode()).digest()).decode() for script in scripts)
    return _POLICY.format(hashes="".join(f" 'sha256-{digest}'" for digest in hashes))
