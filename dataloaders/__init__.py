"""Batched loads of related rows, on aiodataloader: every parent of a level in one statement."""

from dataloaders.loaders import Loaders

__all__ = ["Loaders"]
