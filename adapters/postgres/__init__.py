"""PostgreSQL: the truth. Writes for the scheduler, reads for the sidecar, and the schema."""
