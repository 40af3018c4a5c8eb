"""The kernel: schedules tasks on instruments, in integers, and proves how good the result is.

It knows nothing of skies, clocks or services. Importing it loads neither OR-Tools nor NumPy:
nights of fixed tasks need neither.
"""

from scheduler.kernel.faults import Fault, ProblemError
from scheduler.kernel.problem import (
    After,
    FillerSpec,
    Group,
    Instrument,
    Problem,
    Task,
    Window,
)
from scheduler.kernel.rules import Rule
from scheduler.kernel.solution import Filler, LeftOut, Placement, Solution
from scheduler.kernel.solve import solve
from scheduler.kernel.tables import Answer, Tables

__all__ = [
    "After",
    "Answer",
    "Fault",
    "Filler",
    "FillerSpec",
    "Group",
    "Instrument",
    "LeftOut",
    "Placement",
    "Problem",
    "ProblemError",
    "Rule",
    "Solution",
    "Tables",
    "Task",
    "Window",
    "solve",
]
