"""Rules that a program can check, checked. Each check is a function that names what breaks it, and is shown to."""
