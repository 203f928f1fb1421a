"""Use cases of webhooks: their settings, the queue of deliveries, and the results of attempts."""
