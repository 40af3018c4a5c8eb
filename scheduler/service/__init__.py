"""The service: takes commands from the log, decides them, keeps and announces what came of it."""
