from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.device_token import check_device_token, claimed_device, sign_device_token
from core.errors import UnauthenticatedError

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
DEVICE = UUID(int=7)
KEY = Ed25519PrivateKey.generate()


def test_a_device_is_looked_up_and_then_held_to_its_key():
    token = sign_device_token(KEY, DEVICE, NOW)
    assert claimed_device(token) == DEVICE
    check_device_token(token, KEY.public_key(), NOW)


@pytest.mark.parametrize("hours", [-25, -1, 1, 25])
def test_a_station_with_a_wrong_clock_is_still_heard(hours):
    token = sign_device_token(KEY, DEVICE, NOW + timedelta(hours=hours))
    check_device_token(token, KEY.public_key(), NOW)


@pytest.mark.parametrize("days", [-2, 2])
def test_a_token_days_away_is_refused(days):
    token = sign_device_token(KEY, DEVICE, NOW + timedelta(days=days))
    with pytest.raises(UnauthenticatedError):
        check_device_token(token, KEY.public_key(), NOW)


def test_another_key_is_refused():
    token = sign_device_token(Ed25519PrivateKey.generate(), DEVICE, NOW)
    with pytest.raises(UnauthenticatedError):
        check_device_token(token, KEY.public_key(), NOW)


@pytest.mark.parametrize("bad", ["", "abc", "e30.e30.e30"])
def test_what_is_no_token_is_refused(bad):
    with pytest.raises(UnauthenticatedError):
        claimed_device(bad)


@pytest.mark.parametrize("issuer", ["5", "null", "[5]", "{}", '"nobody"', '""'])
def test_what_names_no_device_is_refused(issuer):
    token = jwt.api_jws.encode(f'{{"iss": {issuer}}}'.encode(), "k" * 32)
    with pytest.raises(UnauthenticatedError):
        claimed_device(token)


@pytest.mark.parametrize("issued", ["NaN", '"now"', "[]", "Infinity", "null"])
def test_a_token_that_tells_no_time_is_refused(issued):
    claims = f'{{"iss": "{DEVICE}", "aud": "pollcam-api", "exp": 1, "iat": {issued}}}'
    token = jwt.api_jws.encode(claims.encode(), KEY, algorithm="EdDSA")
    with pytest.raises(UnauthenticatedError):
        check_device_token(token, KEY.public_key(), NOW)
