"""`allotment add noun`: adds the source code of a noun to a checkout."""

from server.cli.add_noun.command import add

__all__ = ["add"]
