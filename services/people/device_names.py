"""The name of a device, for people: the browser or program and the operating system that a User-Agent header names."""

import re

_BROWSERS = (
    ("Edge", r"Edg(?:e|A|iOS)?/"),
    ("Opera", r"OPR/|Opera[ /]"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Vivaldi", r"Vivaldi/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrome/|CriOS/|Chromium/"),
    ("Safari", r"Version/[\d.]+ .*Safari/"),
    ("Internet Explorer", r"MSIE |Trident/"),
)
"""Names and patterns. Most browsers name others, too, for compatibility: the first that matches is the right one."""
_SYSTEMS = (
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Android", r"Android"),
    ("Windows", r"Windows"),
    ("ChromeOS", r"CrOS"),
    ("macOS", r"Macintosh|Mac OS X|Darwin/"),
    ("Linux", r"Linux|X11"),
)
_PRODUCT = re.compile(r"[A-Za-z][\w.+-]{0,39}")


def name_device(user_agent: str | None) -> str | None:
    """Return a name such as `Firefox on Linux` or `curl`; None if the header says nothing that is known."""
    if not user_agent:
        return None
    program, system = _find(_BROWSERS, user_agent), _find(_SYSTEMS, user_agent)
    if program is None and not user_agent.startswith("Mozilla/"):
        product = _PRODUCT.match(user_agent)
        program = product.group() if product else None
    return " on ".join(filter(None, (program, system))) or None


def _find(names: tuple[tuple[str, str], ...], user_agent: str) -> str | None:
    return next((name for name, pattern in names if re.search(pattern, user_agent)), None)
