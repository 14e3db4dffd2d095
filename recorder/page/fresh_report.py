"""The station's newest report, however slow its disk is."""

import asyncio
from dataclasses import dataclass

import structlog

from core.clock import Clock
from core.wire.heartbeat import StationReport
from recorder.page.state import StationState

_GOOD_FOR_S = 1.0
_WITHIN_S = 3.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A report and its age."""

    report: StationReport | None
    age_s: float | None
    """None: there never was one."""


class FreshReport:
    """Asks for a report at most once a second, for one reader or for thirty.

    A disk that hangs makes readers wait a moment, then they get the last report with its age;
    the page then says itself that it does not know. No second question is put meanwhile.
    """

    def __init__(self, state: StationState) -> None:
        self._state = state
        self._clock: Clock = state.clock
        self._report: StationReport | None = None
        self._at_s = 0.0
        self._asking: asyncio.Future[StationReport] | None = None

    async def get(self) -> Reported:
        """The newest there is after a short wait."""
        if self._report is None or self._age_s() > _GOOD_FOR_S:
            await self._ask()
        age_s = None if self._report is None else self._age_s()
        return Reported(report=self._report, age_s=age_s)

    def _age_s(self) -> float:
        return self._clock.monotonic_s() - self._at_s

    async def _ask(self) -> None:
        if self._asking is None:
            loop = asyncio.get_running_loop()
            self._asking = loop.run_in_executor(None, self._state.report)
            self._asking.add_done_callback(self._answered)
        await asyncio.wait({self._asking}, timeout=_WITHIN_S)

    def _answered(self, answer: asyncio.Future[StationReport]) -> None:
        self._asking = None
        if answer.cancelled():
            return
        failure = answer.exception()
        if failure is not None:
            _log.warning("page.no_report", reason=type(failure).__name__)
        else:
            self._report, self._at_s = answer.result(), self._clock.monotonic_s()
