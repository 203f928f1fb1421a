"""Table names as GraphQL type names and as English nouns for descriptions."""

_NOUNS = {"api_key": "API key", "sign_in_event": "sign-in event"}
_PLURALS = {"ledger_entry": "ledger entries", "audit_entry": "audit entries", "webhook_delivery": "webhook deliveries"}


def type_name(table: str) -> str:
    """The GraphQL type name of a table: `OrderItem` for `order_item`."""
    return "".join(part.capitalize() for part in table.split("_"))


def singular(table: str) -> str:
    """The noun of a table: `order item`."""
    return _NOUNS.get(table, table.replace("_", " "))


def plural(table: str) -> str:
    """The plural noun of a table: `order items`."""
    return _PLURALS.get(table, f"{singular(table)}s")


def with_article(noun: str) -> str:
    """The noun with its indefinite article: `an order item`, `a user`."""
    article = "an" if noun[0].lower() in "aeio" else "a"
    return f"{article} {noun}"


def capitalized(text: str) -> str:
    """The text with a capital first letter; the other letters stay as they are."""
    return text[0].upper() + text[1:]
