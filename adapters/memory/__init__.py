"""The store in memory: the same rules without a database, for tests and for trying things."""
