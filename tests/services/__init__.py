"""Use cases against real databases, and what they lean on."""
