"""Subscriptions: from a subscription to a stream of results, for all transports."""
