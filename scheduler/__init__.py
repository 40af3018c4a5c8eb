"""The scheduler: consumes commands, keeps every night's best schedule, never loses what it accepted."""
