"""The scheduler: decides commands, keeps every night's best schedule, loses nothing accepted."""
