"""Thin async functions between the contract and the services: unpack, call one service or loader, return."""
