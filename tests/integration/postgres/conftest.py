"""Databases for the tests that only PostgreSQL can pass."""

from __future__ import annotations

from tests.contract.store.databases import database, empty_database, server

__all__ = ["database", "empty_database", "server"]
