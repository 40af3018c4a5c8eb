"""What the checker excuses, and where the excuse ends."""

from __future__ import annotations

from datetime import timedelta

from models.event import State
from tests.faults.checker import judge
from tests.faults.corruptions import History, final_of, records, replaced, those, with_final
from tests.faults.history import Announced, Answered, Entry, Healed, Injected, Sent, Served, Told
from tests.faults.small_night import id_of
from tests.faults.small_system import SmallSystem

SECOND = timedelta(seconds=1)


def broken(history: History) -> frozenset[str]:
    return judge(history).broken


def without(history: History, *gone: Entry) -> History:
    return [each for each in history if each not in gone]


def with_two_events(*, loses_log: bool = True) -> History:
    """One event before a fault and one a minute after it."""
    system = SmallSystem()
    system.add("early", 3)
    system.fail("wiped", loses_log=loses_log)
    system.tick(60)
    system.add("late", 4)
    return system.finish()


def test_a_broker_that_forgets_may_forget_what_was_announced_before() -> None:
    history = with_two_events()
    early, late = those(history, Announced)
    assert broken(without(history, early)) == set()
    assert broken(without(history, late)) == {"changes-are-announced"}


def test_a_broker_that_forgets_nothing_is_no_excuse() -> None:
    history = with_two_events(loses_log=False)
    early, _ = those(history, Announced)
    assert broken(without(history, early)) == {"changes-are-announced"}


def test_a_fault_that_lasts_excuses_until_it_is_healed() -> None:
    history = with_two_events()
    [fault] = those(history, Injected)
    late = those(history, Announced)[-1]
    healed = Healed(at=late.at + SECOND, fault=fault.fault, target=fault.target)
    assert broken([*without(history, late), healed]) == set()


def test_a_plan_may_be_as_old_as_it_says() -> None:
    system = SmallSystem()
    system.add("first", 3)
    old = system.serve()
    system.add("second", 4)
    seen = system.serve()
    history = system.finish()
    assert seen.begun is not None
    begun = seen.at + 10 * SECOND
    again = old.model_copy(update={"begun": begun, "at": begun + SECOND, "age": 12.0})
    assert broken([*history, again]) == set()
    younger = again.model_copy(update={"age": 5.0})
    assert broken([*history, younger]) == {"reads-go-forward"}
    unknown = again.model_copy(update={"age": 0.0, "begun": None})
    assert broken([*history, unknown]) == set()


def undecided() -> tuple[History, Sent, Told]:
    """A command that was accepted and expired."""
    system = SmallSystem()
    system.add("promised", 3, hear="later")
    history = system.finish()
    event = id_of("promised")
    [told] = [each for each in those(history, Told) if each.command == event]
    [sent] = those(history, Sent)
    expired = told.model_copy(update={"state": "expired", "at": sent.at + SECOND})
    history = replaced(history, told, expired)
    history = [each for each in history if not isinstance(each, Announced | Served)]
    nights = tuple(n.model_copy(update={"revision": 0}) for n in final_of(history).nights)
    return with_final(history, nights=nights, events=(), blocks=(), outcomes=()), sent, expired


def test_what_was_accepted_may_expire_only_when_its_time_is_over() -> None:
    history, sent, expired = undecided()
    assert broken(history) == {"accepted-is-decided"}
    late = expired.model_copy(update={"at": sent.at + 3 * SECOND})
    assert broken(replaced(history, expired, late)) == set()
    untold = sent.model_copy(update={"life": None})
    assert broken(replaced(replaced(history, expired, late), sent, untold)) == {
        "accepted-is-decided"
    }


def test_what_was_accepted_may_expire_when_the_broker_forgets() -> None:
    history, sent, _ = undecided()
    lost = Injected(at=sent.at + SECOND, fault="wiped", target="broker", loses_log=True)
    assert broken([*history, lost]) == set()
    before = lost.model_copy(update={"at": sent.at - SECOND})
    assert broken([*history, before]) == {"accepted-is-decided"}


def test_a_wrong_clock_makes_lives_longer() -> None:
    system = SmallSystem()
    system.add("late", 3)
    history = system.finish()
    final = final_of(history)
    late = tuple(
        each.model_copy(update={"decided_at": final.at + 60 * SECOND}) for each in final.outcomes
    )
    history = with_final(history, outcomes=late)
    assert broken(history) == {"nothing-after-its-life"}
    wrong = Injected(at=final.at, fault="clock", target="api-1")
    assert broken([*history, wrong]) == set()


def test_a_removal_without_a_key_may_be_asked_anew() -> None:
    system = SmallSystem()
    system.add("gone", 3)
    system.remove("gone", hear="timeout")
    history = system.finish()
    assert [each.status for each in those(history, Answered)] == [200, 504, 404]
    assert broken(history) == set()
    assert [each.event.id for each in records(history, State.DELETED)] == [id_of("gone")]
    assert broken(history[:-1]) != set()


def test_a_removal_whose_fate_is_unknown_explains_a_deletion_and_a_refused_one_does_not() -> None:
    system = SmallSystem()
    system.add("gone", 3)
    system.remove("gone", hear="timeout", key="key")
    history = system.finish()
    assert broken(history) == set()
    tries = {each.number for each in those(history, Sent) if each.action == "remove"}
    refused = [
        each.model_copy(update={"status": 403, "result": None, "codes": ("not-allowed",)})
        if isinstance(each, Answered) and each.number in tries
        else each
        for each in history
        if not isinstance(each, Told)
    ]
    final = final_of(refused)
    none = tuple(each for each in final.outcomes if each.status != "removed")
    assert "state-is-explained" in broken(with_final(refused, outcomes=none))


def test_a_key_that_stands_for_another_command_needs_no_outcome() -> None:
    system = SmallSystem()
    system.add("first", 3)
    history = system.finish()
    [sent] = those(history, Sent)
    keyed = sent.model_copy(update={"key": "key"})
    event = id_of("second")
    other = keyed.model_copy(update={"number": 10, "event": event, "command": event})
    refused = Answered(at=sent.at, number=10, status=409, result="Rejected", codes=("id-conflict",))
    assert broken([*replaced(history, sent, keyed), other, refused]) == set()
    without_key = other.model_copy(update={"key": None})
    assert broken([*history, without_key, refused]) == {"answer-is-the-stored-outcome"}


def test_a_change_of_unknown_revision_is_not_held_against_a_plan() -> None:
    system = SmallSystem()
    system.add("first", 3)
    system.fail("wiped", loses_log=True)
    history = system.finish()
    [change] = those(history, Announced)
    assert broken(without(history, change)) == set()
