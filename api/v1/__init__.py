"""Version 1 of the HTTP interface; frozen, later changed only to fix faults."""
