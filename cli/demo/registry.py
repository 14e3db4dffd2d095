"""Registers the demo's stations with the control API, as an admin's browser would."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID

import httpx

from cli.demo.country import PlannedStation
from cli.demo.errors import DemoEndedError

_STATIONS = "/api/v1/stations"
_FACTS = ("name", "region", "address", "phone", "mode")

Record = Mapping[str, Any]
"""A station as `/api/v1/stations/{id}` has it."""


class Registry:
    """The control API's registry.

    Args:
        client: With the API's address and an admin's token.
    """

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def wall(self) -> list[Record]:
        """All stations as they are now."""
        return list((await self._asked("GET", _STATIONS)).json())

    async def registered(self, station: PlannedStation, known_id: UUID | None) -> Record:
        """The station's record, made or changed to what is planned; it and its cameras in use."""
        record = await self._known(known_id) or await self._created(station)
        wanted = {**_facts(station), "is_active": True}
        changes = {name: value for name, value in wanted.items() if record[name] != value}
        if changes:
            record = (await self._asked("PATCH", f"{_STATIONS}/{record['id']}", changes)).json()
        return await self._with_cameras(record, len(station.cameras))

    async def _with_cameras(self, record: Record, count: int) -> Record:
        """Put those into use again that an admin took out of it: devices record them anyhow."""
        away = [c for c in record["cameras"] if c["position"] <= count and not c["is_active"]]
        for camera in away:
            path = f"{_STATIONS}/{record['id']}/cameras/{camera['id']}"
            await self._asked("PATCH", path, {"is_active": True})
        return (await self._known(UUID(record["id"])) if away else None) or record

    async def retire(self, known_ids: Iterable[UUID]) -> None:
        """Take stations of earlier runs off the wall; their footage stays."""
        for known_id in known_ids:
            record = await self._known(known_id)
            if record and record["is_active"]:
                await self._asked("PATCH", f"{_STATIONS}/{known_id}", {"is_active": False})

    async def device_ids(self) -> frozenset[UUID]:
        """Devices that are trusted."""
        devices = (await self._asked("GET", "/api/v1/devices")).json()
        return frozenset(UUID(d["id"]) for d in devices if d["revoked_utc"] is None)

    async def enrolment(self, record: Record) -> tuple[str, str]:
        """A single-use token for the station's device, and the station's PIN."""
        made = await self._asked("POST", f"{_STATIONS}/{record['id']}/enrolment-tokens")
        return made.json()["token"], made.json()["station_pin"]

    async def _known(self, known_id: UUID | None) -> Record | None:
        if known_id is None:
            return None
        answer = await self._asked("GET", f"{_STATIONS}/{known_id}", may_miss=True)
        return answer.json() if answer.is_success else None

    async def _created(self, station: PlannedStation) -> Record:
        wanted = {**_facts(station), "number": station.number, "cameras": list(station.cameras)}
        answer = await self._asked("POST", _STATIONS, wanted, may_miss=True)
        if answer.is_success:
            return dict(answer.json())
        # It is there, and a run that was cut off did not note its id.
        known = [s for s in await self.wall() if s["number"] == station.number]
        if not known:
            raise DemoEndedError(f"station {station.number} cannot be registered: {answer.text}")
        return dict((await self._asked("GET", f"{_STATIONS}/{known[0]['id']}")).json())

    async def _asked(
        self, method: str, path: str, body: object = None, *, may_miss: bool = False
    ) -> httpx.Response:
        try:
            answer = await self._client.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise DemoEndedError(f"the control API does not answer: {error!r}") from error
        is_miss = may_miss and answer.status_code in (HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
        if not (answer.is_success or is_miss):
            raise DemoEndedError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer


def _facts(station: PlannedStation) -> dict[str, object]:
    return {name: getattr(station, name) for name in _FACTS}
