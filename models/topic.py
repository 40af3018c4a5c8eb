"""The Kafka topics: their names and how many partitions each has.

Topics are made by whoever runs the broker, never by a client that happens to
write first. Every scheduling group has one partition number, the same in each
topic, so the count bounds how many groups there can be.
"""

from __future__ import annotations

from collections.abc import Mapping

COMMANDS = "nightplan.commands"
OUTCOMES = "nightplan.outcomes"
CHANGES = "nightplan.changes"
DEAD_LETTERS = "nightplan.dead-letters"

PARTITIONS = 16
"""Partitions of each topic: at most so many scheduling groups."""

TOPICS: Mapping[str, int] = {
    COMMANDS: PARTITIONS,
    OUTCOMES: PARTITIONS,
    CHANGES: PARTITIONS,
    DEAD_LETTERS: PARTITIONS,
}
"""Every topic with its number of partitions."""
