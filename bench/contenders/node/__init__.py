"""The contenders on Node: PostGraphile, without and with row-level security, and Mercurius."""

from bench.contenders.node.mercurius import Mercurius
from bench.contenders.node.postgraphile import PostGraphile, PostGraphileWithTenant

__all__ = ["Mercurius", "PostGraphile", "PostGraphileWithTenant"]
