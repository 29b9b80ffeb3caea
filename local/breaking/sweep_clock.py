"""The schedule of the sweep, which drives orders that make no progress."""

from __future__ import annotations

from functools import cached_property

from local.breaking.engine_access import BreakableApp

_SWEEP = "reconcile_orders"
_KEPT = ("Name", "GroupName", "ScheduleExpression", "FlexibleTimeWindow", "Target", "Description")


class SweepClock:
    """Stops the schedule, and starts it again."""

    def __init__(self, app: BreakableApp) -> None:
        self._app = app

    @property
    def is_running(self) -> bool:
        """Whether the schedule is enabled."""
        return bool(self._app.schedules.get_schedule(Name=self._name)["State"] == "ENABLED")

    def set(self, *, running: bool) -> None:
        """Enable or disable the schedule; everything else of it stays as it is."""
        found = self._app.schedules.get_schedule(Name=self._name)
        unchanged = {name: value for name, value in found.items() if name in _KEPT}
        state = "ENABLED" if running else "DISABLED"
        self._app.schedules.update_schedule(**unchanged, State=state)

    @cached_property
    def _name(self) -> str:
        function = self._app.deployed[_SWEEP].name
        listed = self._app.schedules.list_schedules()["Schedules"]
        (name,) = (
            each["Name"]
            for each in listed
            if function in self._app.schedules.get_schedule(Name=each["Name"])["Target"]["Arn"]
        )
        return str(name)
