"""Presigned PUTs whose headers are part of the signature.

The SDK signs the host alone, so a holder of its address could send other metadata and could
overwrite. Here size, digest, metadata and "only if absent" are bound by the signature.
Source: AWS Signature Version 4, "Authenticating Requests: Using Query Parameters".
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode, urlsplit

_ALGORITHM = "AWS4-HMAC-SHA256"
_SERVICE = "s3"


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Credentials:
    """Who signs, and for which region."""

    access_key: str
    secret_key: str
    region: str

    def __repr__(self) -> str:
        return f"S3Credentials(region={self.region!r})"


def presigned_put(
    address: str,
    headers: Mapping[str, str],
    credentials: S3Credentials,
    now_utc: datetime,
    lifetime: timedelta,
) -> str:
    """The address with a signature that holds for exactly these headers.

    Args:
        address: `https://host[:port]/bucket/key`, path not yet quoted.
        headers: Lower-case names; the request must carry all of them with these values.
        credentials: Whose right is handed on.
        now_utc: When it begins.
        lifetime: How long it lasts, at most seven days.
    """
    url = urlsplit(address)
    path = quote(url.path, safe="/-_.~")
    signed = {"host": url.netloc, **{name: value.strip() for name, value in headers.items()}}
    stamp = now_utc.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{stamp[:8]}/{credentials.region}/{_SERVICE}/aws4_request"
    query = _query(
        {
            "X-Amz-Algorithm": _ALGORITHM,
            "X-Amz-Credential": f"{credentials.access_key}/{scope}",
            "X-Amz-Date": stamp,
            "X-Amz-Expires": str(int(lifetime.total_seconds())),
            "X-Amz-SignedHeaders": ";".join(sorted(signed)),
        }
    )
    request = _canonical_request(path, query, signed)
    text = "\n".join([_ALGORITHM, stamp, scope, hashlib.sha256(request.encode()).hexdigest()])
    signature = _signature(credentials, stamp[:8], text)
    return f"{url.scheme}://{url.netloc}{path}?{query}&X-Amz-Signature={signature}"


def _query(parameters: Mapping[str, str]) -> str:
    return urlencode(sorted(parameters.items()), quote_via=quote, safe="-_.~")


def _canonical_request(path: str, query: str, headers: Mapping[str, str]) -> str:
    names = sorted(headers)
    lines = "".join(f"{name}:{headers[name]}\n" for name in names)
    return "\n".join(["PUT", path, query, lines, ";".join(names), "UNSIGNED-PAYLOAD"])


def _signature(credentials: S3Credentials, date: str, text: str) -> str:
    key = f"AWS4{credentials.secret_key}".encode()
    for part in (date, credentials.region, _SERVICE, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()
