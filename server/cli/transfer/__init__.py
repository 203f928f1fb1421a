"""`allotment import` and `allotment export`."""

from server.cli.transfer.export_command import export_rows
from server.cli.transfer.import_command import import_rows

__all__ = ["export_rows", "import_rows"]
