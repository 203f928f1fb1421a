"""Tests of security: hostile requests, and what responses and logs may contain."""
