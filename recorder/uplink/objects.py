"""Hands over inits and segments: grant, PUT, confirm, and only then mark as stored."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing, closing
from http import HTTPStatus
from random import Random
from uuid import UUID

import structlog

from core.clock import Clock
from core.errors import PollcamError
from core.wire.upload import ConfirmState, Grant, GrantState, ObjectKind
from recorder.centre.centre import Centre
from recorder.centre.errors import CentreRefusedError
from recorder.errors import DiskError
from recorder.steps import Reached, Step
from recorder.stock.stock import Stock
from recorder.stock.stocked import StockedObject
from recorder.uplink.batches import MAX_OBJECTS, Throughput, next_batch
from recorder.uplink.body import pieces_of
from recorder.uplink.counters import UplinkCounters
from recorder.uplink.sealed_file import FileChangedError, FileVanishedError, SealedFile
from recorder.uplink.setbacks import Setbacks
from recorder.uplink.throttle import Throttle
from recorder.uplink.turn import Turn

OnVanished = Callable[[StockedObject], None]
"""Told of a segment whose file is gone; must return at once."""

_THERE_ALREADY = (HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED)
"""An earlier try arrived. `confirm` tells whether it is the right one."""
_log = structlog.get_logger(__name__)


class ObjectSender:
    """Sends what the archive does not have, one batch after the other, one PUT at a time.

    Args:
        stock: What there is.
        centre: Where it goes.
        clock: Time.
        random: Spreads retries.
        throttle: Says when each piece may go.
        counters: Are kept.
        reached: Told of each step.
        newest_first: Order of segments.
        on_unknown: Told that the centre does not know an entry it had acknowledged.
        on_vanished: Told of segments whose file is gone.
    """

    def __init__(  # noqa: PLR0913 wiring; every one is needed
        self,
        *,
        stock: Stock,
        centre: Centre,
        clock: Clock,
        random: Random,
        throttle: Throttle,
        counters: UplinkCounters,
        reached: Reached,
        newest_first: bool,
        on_unknown: Callable[[], None],
        on_vanished: OnVanished,
    ) -> None:
        self.is_newest_first = newest_first
        self._stock = stock
        self._centre = centre
        self._clock = clock
        self._throttle = throttle
        self._counters = counters
        self._reached = reached
        self._on_unknown = on_unknown
        self._on_vanished = on_vanished
        self._throughput = Throughput()
        self._setbacks: Setbacks[UUID] = Setbacks(random)

    async def take_turn(self) -> Turn:
        """Hand over one batch.

        Raises:
            CentreError, StockError: Not done, or not to its end; to be repeated. What arrived
                and was not confirmed is found by the next request for grants.
            DiskError: The recording disk is not there.
        """
        batch = await self._next_batch()
        if not batch:
            return Turn.IDLE
        grants = await self._centre.grants([stocked.wanted() for stocked in batch])
        self._reached(Step.GRANTED)
        stored = [grant.object_id for grant in grants if grant.state is GrantState.STORED]
        await self._mark_stored(stored)
        sent: list[UUID] = []
        for stocked, grant in zip(batch, grants, strict=True):
            if await self._take_grant(stocked, grant):
                sent.append(stocked.object_id)
        confirmed = await self._confirm(sent)
        return Turn.GAINED if stored or confirmed else Turn.IN_VAIN

    async def _next_batch(self) -> Sequence[StockedObject]:
        wanted = await asyncio.to_thread(
            self._stock.wanted,
            MAX_OBJECTS,
            newest_first=self.is_newest_first,
            without=self._setbacks.held(self._clock.monotonic_s()),
        )
        cap = self._throttle.pace.bytes_per_s
        measured = self._throughput.bytes_per_s
        return next_batch(wanted, measured if cap is None else min(cap, measured))

    async def _take_grant(self, stocked: StockedObject, grant: Grant) -> bool:
        """Do as the centre says of one object; whether its bytes are there now."""
        match grant.state:
            case GrantState.UPLOAD:
                return await self._upload(stocked, grant)
            case GrantState.UNKNOWN:
                self._set_back(stocked, "its entry is not known there")
                self._on_unknown()
            case GrantState.REFUSED:
                await asyncio.to_thread(self._stock.mark_refused, [stocked.object_id])
                self._counters.objects_refused_total += 1
                _log.error("object.refused", **_named(stocked))
            case GrantState.STORED:
                pass
        return False

    async def _upload(self, stocked: StockedObject, grant: Grant) -> bool:
        if grant.expires_utc is not None and grant.expires_utc <= self._centre.utc():
            return False  # the link turned out slow; the next batch is smaller
        try:
            await self._put(stocked, grant)
        except FileVanishedError as error:
            await self._note_vanished(stocked, error)
            return False
        except (DiskError, FileChangedError) as error:
            self._set_back(stocked, str(error))
            return False
        except CentreRefusedError as error:
            if error.status in _THERE_ALREADY:
                return True
            if not error.is_about_us:
                raise
            self._set_back(stocked, str(error))
            return False
        self._reached(Step.OBJECT_PUT)
        return True

    async def _put(self, stocked: StockedObject, grant: Grant) -> None:
        began_s = self._clock.monotonic_s()
        with closing(SealedFile(stocked)) as file:
            await asyncio.to_thread(file.open)
            async with aclosing(pieces_of(file, self._throttle)) as pieces:
                await self._centre.put(grant, pieces, stocked.size_bytes)
        self._counters.bytes_sent_total += stocked.size_bytes
        self._throughput.note(stocked.size_bytes, self._clock.monotonic_s() - began_s)

    async def _note_vanished(self, stocked: StockedObject, error: PollcamError) -> None:
        """Believe it at the second look: eviction deletes a file before it says so."""
        if self._set_back(stocked, str(error)) < 2:
            return
        if stocked.kind is ObjectKind.SEGMENT:
            self._on_vanished(stocked)
        else:
            await asyncio.to_thread(self._stock.mark_lost, [stocked.object_id])

    async def _confirm(self, object_ids: Sequence[UUID]) -> bool:
        """Ask what the archive has of these; whether it is anything."""
        if not object_ids:
            return False
        reply = await self._centre.confirm(object_ids)
        self._reached(Step.OBJECT_CONFIRMED)
        answers = {one.object_id: one.state for one in reply.confirmations}
        stored = [i for i, state in answers.items() if state is ConfirmState.STORED]
        for object_id in answers.keys() - set(stored):
            self._counters.setbacks_total += 1
            self._setbacks.note(object_id, self._clock.monotonic_s())
            _log.warning("object.not_kept", object_id=str(object_id), state=answers[object_id])
        await self._mark_stored(stored)
        return bool(stored)

    async def _mark_stored(self, object_ids: Sequence[UUID]) -> None:
        if not object_ids:
            return
        await asyncio.to_thread(self._stock.mark_stored, object_ids)
        self._reached(Step.OBJECT_MARKED)
        for object_id in object_ids:
            self._setbacks.forget(object_id)
        self._counters.objects_sent_total += len(object_ids)
        self._counters.last_success_s = self._clock.monotonic_s()

    def _set_back(self, stocked: StockedObject, reason: str) -> int:
        self._counters.setbacks_total += 1
        count = self._setbacks.note(stocked.object_id, self._clock.monotonic_s())
        _log.warning("object.set_back", reason=reason, times=count, **_named(stocked))
        return count


def _named(stocked: StockedObject) -> dict[str, str]:
    return {
        "camera_id": str(stocked.camera_id),
        "object_id": str(stocked.object_id),
        "kind": stocked.kind.value,
    }
