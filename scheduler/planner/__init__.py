"""The planner: from events, an instrument and a night to the kernel's problem, and back."""

from scheduler.planner.plan import LeftOut, Plan, Planner
from scheduler.planner.together import Wanted, plan_together

__all__ = ["LeftOut", "Plan", "Planner", "Wanted", "plan_together"]
