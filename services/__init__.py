"""Use cases by domain, on top of `services.core`. All rules and all writes are here; nothing here knows GraphQL."""

# Importing any service registers every event type, so that events of all streams can be read.
import services.ledger.event_types
import services.shop.event_types  # noqa: F401
