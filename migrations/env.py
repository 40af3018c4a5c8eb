"""What Alembic runs before the revisions; ``adapters.postgres.schema`` gives the connection.

The connection is in a transaction already, and holds the lock that lets one
migration run at a time: all revisions are applied together, or none.
"""

from alembic import context

from adapters.postgres.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)

with context.begin_transaction():
    context.run_migrations()
