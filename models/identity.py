"""Who is asking: callers, their groups and what these may do."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Group(StrEnum):
    """The groups that the gateway knows, by what they may do."""

    OPERATOR = "operator"
    OWNER = "owner"
    PARTNER = "partner"
    EXTERNAL = "external"
    VIEWER = "viewer"


PRIORITY_CAP = {
    Group.OPERATOR: 5,
    Group.OWNER: 4,
    Group.PARTNER: 3,
    Group.EXTERNAL: 2,
    Group.VIEWER: 0,
}
"""The highest priority that each group may ask (requirement S5); 0: none."""


class Caller(BaseModel):
    """Who sent a request, as the gateway vouches for it.

    Parameters
    ----------
    subject
        The consumer's id: the name under which everything is owned.
    username
        The consumer's readable name.
    groups
        The groups of the consumer that nightplan knows; may be empty.
    """

    model_config = ConfigDict(frozen=True)

    subject: str
    username: str
    groups: frozenset[Group] = frozenset()

    @property
    def priority_cap(self) -> int:
        """The highest priority this caller may ask, 1..5, or 0 if it may not ask at all."""
        return max((PRIORITY_CAP[group] for group in self.groups), default=0)

    @property
    def may_submit(self) -> bool:
        """Whether the caller may ask for instrument time."""
        return self.priority_cap > 0

    @property
    def is_operator(self) -> bool:
        """Whether the caller may delete any event and set maintenance."""
        return Group.OPERATOR in self.groups
