"""Digests: what a database holds, in one line for each table, to be compared with another.

Equal digests mean equal contents. Left out is what differs between two databases
in which the same was decided: the ids of fillers, the numbers of rows, and how
long or how often something was worked on. The outbox is left out altogether, and
so are downloads, which no command makes.
"""

from __future__ import annotations

from dataclasses import dataclass

from adapters.postgres.engine import DatabaseOptions, make_engine
from adapters.postgres.refusals import translated

# U+0000 has no place in jsonb: where it occurs, the hash of the body and the audit's status
# have to stand for it.
_COMMAND = r"""
    SELECT id, kind, instrument, event, subject, body_hash, decided_at,
           CASE WHEN strpos(body::text, '\u0000') = 0
               THEN body::jsonb #- '{caller,groups}' END,
           CASE WHEN strpos(outcome::text, '\u0000') = 0 THEN outcome::jsonb - 'timings' END
    FROM command WHERE outcome IS NOT NULL
"""

ROWS = {
    "night": "SELECT instrument, night, dusk, dawn, revision, requested_ms, filled_ms, idle_ms,"
    " quality - 'solve_ms' FROM night",
    "event": "SELECT * FROM event",
    "block": "SELECT event, instrument, night, dusk, dawn, start_time, end_time, duration_ms,"
    " earliest, latest, type, attributes FROM block",
    "state_change": "SELECT event, at, state, cause, by,"
    " row_number() OVER (PARTITION BY event ORDER BY sequence) FROM state_change",
    "command": _COMMAND,
    "audit": "SELECT at, command, kind, instrument, event, subject, username, groups,"
    " request_id, body_hash, status, reasons FROM audit",
    "maintenance": "SELECT * FROM maintenance",
    "series": "SELECT * FROM series",
    "plan_revision": "SELECT instrument, night, revision, quality - 'solve_ms', requested_ms,"
    " filled_ms, idle_ms, cardinality(removed), json_array_length(added), moved, displaced"
    " FROM plan_revision",
}
"""What counts of each table."""

_DIGEST = """
    SELECT count(*) AS rows,
           encode(sha256(coalesce(string_agg(hash, ''::bytea ORDER BY hash), ''::bytea)), 'hex')
               AS digest
    FROM (SELECT sha256(convert_to(found::text, 'UTF8')) AS hash FROM ({rows}) AS found) AS hashes
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableDigest:
    """What one table holds.

    Parameters
    ----------
    table
        Its name.
    rows
        How many rows count.
    digest
        SHA-256 over the SHA-256 of each row, in the order of these, in hexadecimal.
    """

    table: str
    rows: int
    digest: str


async def digest(url: str, role: str = "") -> list[TableDigest]:
    """What each table holds, all at the same moment.

    Parameters
    ----------
    url, role
        The database, as in :class:`DatabaseOptions`; reading is all that is needed.

    Raises
    ------
    models.errors.Unreachable
        The database does not answer.
    """
    options = DatabaseOptions(
        url=url,
        role=role,
        application_name="nightplan digest",
        command_timeout=3600.0,
        statement_timeout=0.0,
        read_only=True,
    )
    engine = make_engine(options)
    found = []
    try:
        with translated("digest"):
            async with engine.begin() as connection:
                for table, rows in ROWS.items():
                    # No bind parameters: what looks like one is part of a literal.
                    statement = _DIGEST.format(rows=rows)
                    result = await connection.exec_driver_sql(statement)
                    row = result.one()
                    found.append(TableDigest(table=table, rows=row.rows, digest=row.digest))
    finally:
        await engine.dispose()
    return found
