"""Batched loading of related rows with aiodataloader: one statement for all parents of a level."""

from dataloaders.loaders import Loaders

__all__ = ["Loaders"]
