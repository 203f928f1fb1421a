"""Names of devices."""

import pytest

from services.people.device_names import name_device

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/140.0 Safari/537.36", "Chrome on Windows"),
        (f"Mozilla/5.0 (Windows NT 10.0) {WEBKIT} Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 14_1) {WEBKIT} Version/17.1 Safari/605.1", "Safari on macOS"),
        (
            f"Mozilla/5.0 (iPhone; CPU iPhone OS 17 like Mac OS X) {WEBKIT} CriOS/140 Mobile Safari/6",
            "Chrome on iPhone",
        ),
        (
            f"Mozilla/5.0 (Linux; Android 14) {WEBKIT} SamsungBrowser/25 Chrome/121 Mobile",
            "Samsung Internet on Android",
        ),
        ("curl/8.5.0", "curl"),
        ("python-requests/2.32 Linux/6.1", "python-requests on Linux"),
        ("Mozilla/5.0", None),
        ("(hidden)", None),
        ("<script>alert(1)</script>", None),
        ("", None),
        (None, None),
    ],
)
def test_device_is_named(user_agent: str | None, name: str | None) -> None:
    assert name_device(user_agent) == name
