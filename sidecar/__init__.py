"""The sidecar: reads the database and serves every night to the API; inside only."""
