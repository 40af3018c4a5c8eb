"""Print what each table of the database holds: ``python -m migrations.digest``."""

from __future__ import annotations

import asyncio
import sys

from adapters.postgres.digest import digest
from adapters.process.settings import MigrationSettings
from models.errors import Unreachable

UNREACHABLE = 5
"""Exit code, as everywhere on the command line."""


def main() -> int:
    """Print table, rows and digest, a line for each table."""
    settings = MigrationSettings()
    url = settings.database_url.get_secret_value()
    try:
        found = asyncio.run(digest(url, settings.database_role))
    except Unreachable as error:
        sys.stderr.write(f"nightplan digest: {error}\n")
        return UNREACHABLE
    for table in found:
        sys.stdout.write(f"{table.table:<12}  {table.rows:>10}  {table.digest}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
