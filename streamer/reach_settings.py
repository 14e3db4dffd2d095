"""How clients reach the streamer: the part of its settings that the network decides."""

from datetime import timedelta
from ipaddress import ip_address
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode

from streamer.crew.assignment import MAX_WORKERS
from streamer.engine import EMBEDDED, address_in, checked_template
from streamer.ice_servers import Relays, checked_server, is_relay

_LAST_PORT = 65_535


class ReachSettings(BaseSettings):
    """Addresses, ports, relays, and who carries live."""

    listen_host: str = "127.0.0.1"
    listen_port: int = Field(default=8081, ge=0, le=_LAST_PORT)
    """0: any free one, told in the log."""
    public_address: Annotated[tuple[str, ...], NoDecode] = ()
    """IP address at which peers reach this node's UDP ports, where it is not the machine's own
    (NAT), or the only one wanted; of IPv4 and IPv6 one each, comma-separated. Empty: every
    address of the machine but loopback."""
    udp_addresses: Annotated[tuple[str, ...], NoDecode] = ()
    """Local IP addresses, comma-separated, to open UDP ports on. Empty: the public address where
    it is the machine's own, else any."""
    udp_port: int = Field(default=0, ge=0, le=_LAST_PORT)
    """UDP port of all media on each of these addresses: what a firewall must let through. 0: any
    free one."""
    workers: int = Field(default=1, ge=1, le=MAX_WORKERS)
    """Processes that share the cameras, one core each. With more than one, worker n has the UDP
    port `udp_port` + n; the limits below are those of all together."""
    worker: int = Field(default=0, ge=0, lt=MAX_WORKERS)
    """Which of them this process is; set by the one that starts them."""
    turn_urls: Annotated[tuple[str, ...], NoDecode] = ()
    """TURN (and STUN) servers for closed networks, comma-separated, as
    `turn:turn.example:3478?transport=udp` or `turns:turn.example:443?transport=tcp`. Clients are
    told of them when they begin. Empty: none, and nobody is asked for anything."""
    turn_secret: SecretStr = SecretStr("")
    """What the TURN servers check credentials with: coturn's `static-auth-secret`."""
    turn_lifetime: timedelta = timedelta(hours=1)
    """How long a credential can begin a relay; one that has begun goes on."""
    engine: str = EMBEDDED
    """`embedded`: this streamer carries live. Else the address to which publishers and viewers
    are sent by 307, with `{camera_id}` and, where both have one template, `{protocol}` (`whip`,
    `whep`): `https://b.example/{protocol}/{camera_id}`."""
    engine_whip: str = ""
    """The address for publishers, where it is not that of `engine`."""

    @field_validator("udp_addresses", "public_address", "turn_urls", mode="before")
    @classmethod
    def _are_listed(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("udp_addresses", "public_address")
    @classmethod
    def _are_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(ip_address(address)) for address in value)

    @field_validator("turn_urls")
    @classmethod
    def _are_servers(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(checked_server(url) for url in value)

    @field_validator("engine", "engine_whip")
    @classmethod
    def _is_engine(cls, value: str) -> str:
        return value if value in ("", EMBEDDED) else checked_template(value)

    @model_validator(mode="after")
    def _can_be_reached(self) -> Self:
        versions = [ip_address(address).version for address in self.public_address]
        if len(set(versions)) < len(versions):
            raise ValueError("public_address: one of IPv4 and one of IPv6 at most")
        for address in map(ip_address, self.udp_addresses):
            if address.is_unspecified and address.version not in versions:
                raise ValueError(f"udp_addresses: {address} needs a public_address to tell peers")
        if self.udp_port + self.workers - 1 > _LAST_PORT:
            raise ValueError("udp_port: there is no port left for each worker")
        return self

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if any(map(is_relay, self.turn_urls)) and not self.turn_secret.get_secret_value():
            raise ValueError("turn_secret: is needed with TURN servers")
        if not self.engine:
            raise ValueError("engine: is `embedded` or an address")
        if self.engine_whip and self.engine == EMBEDDED:
            raise ValueError("engine_whip: makes sense beside the address of an engine alone")
        if self.engine != EMBEDDED and self.workers > 1:
            raise ValueError("workers: one is enough to send clients to another engine")
        return self

    def elsewhere(self, protocol: str, camera_id: UUID) -> str | None:
        """Where a camera is published or watched in this streamer's place; None: here."""
        if self.engine == EMBEDDED:
            return None
        own = self.engine_whip if protocol == "whip" else ""
        return address_in(own or self.engine, protocol, camera_id)

    @property
    def relays(self) -> Relays:
        """What clients are told of STUN and TURN."""
        return Relays(
            urls=self.turn_urls,
            secret=self.turn_secret.get_secret_value().encode(),
            lifetime=self.turn_lifetime,
        )
