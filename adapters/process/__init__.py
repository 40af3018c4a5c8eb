"""The process and its surroundings: settings, clock, logging, signals, metrics."""
