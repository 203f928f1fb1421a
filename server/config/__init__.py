"""Settings, URLs and secrets."""
