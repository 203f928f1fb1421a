"""Data to begin with: a demo to explore, and a large set to measure on."""
