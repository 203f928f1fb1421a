"""Delivery of webhooks: payloads, the HTTP client, and the tasks that send what is due."""
