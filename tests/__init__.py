"""The tests mirror the layers."""
