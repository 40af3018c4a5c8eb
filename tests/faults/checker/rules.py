"""Rules: every promise that a history is judged by, each a function with one plain sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from tests.faults.checker import answers, ends, plans, reports, stored
from tests.faults.checker.account import Account

Rule = Callable[[Account], Iterator[str]]

_ALL: tuple[Rule, ...] = (
    ends.history_is_complete,
    stored.added_is_kept,
    stored.state_is_explained,
    stored.history_is_possible,
    stored.removed_is_final,
    stored.removed_is_not_served,
    stored.nothing_unasked,
    stored.rejected_is_not_stored,
    stored.stored_once,
    answers.same_answer,
    answers.answer_is_the_stored_outcome,
    answers.other_content_conflicts,
    answers.accepted_is_decided,
    answers.nothing_after_its_life,
    answers.what_is_there_is_found,
    answers.every_client_is_answered,
    answers.statuses_are_documented,
    reports.displacement_is_in_the_outcome,
    reports.outcome_is_in_the_history,
    reports.changes_are_announced,
    reports.announcements_are_true,
    plans.no_overlap,
    plans.inside_the_night,
    plans.served_as_asked,
    plans.one_plan_for_a_revision,
    plans.reads_go_forward,
    plans.served_agrees_with_history,
    ends.database_agrees_with_itself,
    ends.nothing_is_left_over,
    ends.revision_is_newest,
    ends.settles_in_time,
)

RULES: Mapping[str, Rule] = {rule.__name__.replace("_", "-"): rule for rule in _ALL}
"""Every rule by its name."""

LOST = ("added-is-kept",)
DOUBLED = ("stored-once", "history-is-possible")
OVERLAPS = ("no-overlap",)
UNREPORTED = ("displacement-is-in-the-outcome", "changes-are-announced")
"""The rules whose violations are counted under these names in the figures."""
