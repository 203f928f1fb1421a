"""Accounts and transfers, event-sourced."""
