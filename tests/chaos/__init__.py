"""Tests that kill processes under load: acknowledged writes are durable, applied once, and never partial."""
