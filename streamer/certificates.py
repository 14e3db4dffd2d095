"""The node's DTLS certificate."""

from datetime import UTC, timedelta

from aiortc import RTCCertificate

from core.clock import Clock

_RENEWED_BEFORE = timedelta(days=2)


class CertificateStore:
    """One certificate for all sessions, renewed before it ends."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._certificate = RTCCertificate.generateCertificate()

    def current(self) -> RTCCertificate:
        """The certificate for a new session."""
        ends_utc = self._certificate.expires.astimezone(UTC)
        if ends_utc - self._clock.utc() < _RENEWED_BEFORE:
            self._certificate = RTCCertificate.generateCertificate()
        return self._certificate
