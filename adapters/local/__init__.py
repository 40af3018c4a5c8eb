"""The whole of nightplan on one machine: embedded parts under one supervisor."""
