"""Bring the database to the current schema: ``python -m migrations``."""

from __future__ import annotations

import asyncio

from adapters.postgres.schema import migrate
from adapters.process.settings import MigrationSettings


def main() -> None:
    """Apply the missing revisions to the database that the environment names."""
    settings = MigrationSettings()
    asyncio.run(migrate(settings.database_url.get_secret_value()))


if __name__ == "__main__":
    main()
