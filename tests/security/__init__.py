"""Tests of findings of security reviews: each fails without the change that fixed its finding."""
