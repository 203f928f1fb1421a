"""The web console: its page and files, built from console/ by `make console`, and the JSON that it reads."""
