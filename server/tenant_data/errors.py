"""The error of all operations on a tenant's data."""


class TenantDataError(Exception):
    """The operation cannot be completed. The text says why, and what to do."""


class SupersededError(TenantDataError):
    """Another process has begun an operation on the same tenant."""

    def __init__(self) -> None:
        super().__init__("Another process imports or erases this tenant; this one has stopped.")
