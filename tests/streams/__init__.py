"""Tests of subscriptions over HTTP."""
