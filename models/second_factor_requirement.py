"""Whose second factor a tenant requires."""

from models.choices import Choice


class SecondFactorRequirement(Choice):
    """Which members need a second factor to use a tenant."""

    NONE = "NONE", "No member."
    OWNERS = "OWNERS", "The owners."
    EVERYONE = "EVERYONE", "All members."
