"""Where this checkout lies: `.env`, the development secret and a relative SQLite file are all found from here."""

from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
CONSOLE = CHECKOUT / "console" / "dist"
"""The built console, once `make console` has made it."""
