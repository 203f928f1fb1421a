"""Patterns of the values that the server generates, which differ in each response."""

import re

TOKENS = re.compile(
    r"eyJ[\w-]+\.[\w-]+\.[\w-]+|\b(refresh|allot)_[\w-]{6,43}|whsec_[\w+/=-]+"
    r"|\b[A-Z2-7]{32}\b|\b[a-z2-9]{4}(-[a-z2-9]{4}){3}\b"
    r'|(?<="challenge": ")[\w-]+'
)
"""Tokens, API keys, secrets of webhooks and of second factors, recovery codes, and challenges of passkeys."""
IDS = re.compile(r"\b[a-z_]+_[0-9a-f]{32}\b")
TIMES = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
ORDER_NUMBERS = re.compile(r"\b\d{6}-[0-9A-Z]{8}\b")
