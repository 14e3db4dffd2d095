from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.errors import ForbiddenError, UnauthenticatedError
from core.live_token import LiveAction, WrongNodeError, check_live_token, sign_live_token

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
CAMERA, OTHER = UUID(int=1), UUID(int=2)
KEY = Ed25519PrivateKey.generate()


def token(action=LiveAction.VIEW, camera=CAMERA):
    return sign_live_token(KEY, camera, action, "operator-1", NOW)[0]


def test_a_fresh_token_opens_its_camera():
    grant = check_live_token(token(), KEY.public_key(), CAMERA, LiveAction.VIEW, NOW)
    assert (grant.camera_id, grant.action, grant.subject) == (CAMERA, LiveAction.VIEW, "operator-1")
    assert grant.expires_utc == NOW + timedelta(minutes=2)


def test_each_token_has_a_name_of_its_own():
    ids = {
        check_live_token(token(), KEY.public_key(), CAMERA, LiveAction.VIEW, NOW).token_id
        for _ in range(3)
    }
    assert len(ids) == 3


def test_another_camera_or_purpose_is_forbidden():
    with pytest.raises(ForbiddenError):
        check_live_token(token(), KEY.public_key(), OTHER, LiveAction.VIEW, NOW)
    with pytest.raises(ForbiddenError):
        check_live_token(token(), KEY.public_key(), CAMERA, LiveAction.PUBLISH, NOW)


def test_a_token_for_one_streamer_is_forbidden_at_another():
    bound, _ = sign_live_token(KEY, CAMERA, LiveAction.VIEW, "x", NOW, node="east")
    check_live_token(bound, KEY.public_key(), CAMERA, LiveAction.VIEW, NOW, "east")
    check_live_token(token(), KEY.public_key(), CAMERA, LiveAction.VIEW, NOW, "east")
    with pytest.raises(WrongNodeError):
        check_live_token(bound, KEY.public_key(), CAMERA, LiveAction.VIEW, NOW, "west")


def test_an_old_token_is_refused():
    late = NOW + timedelta(minutes=3)
    with pytest.raises(UnauthenticatedError, match="expired"):
        check_live_token(token(), KEY.public_key(), CAMERA, LiveAction.VIEW, late)


@pytest.mark.parametrize("bad", ["", "x", "a.b.c"])
def test_what_is_no_token_is_refused(bad):
    with pytest.raises(UnauthenticatedError):
        check_live_token(bad, KEY.public_key(), CAMERA, LiveAction.VIEW, NOW)


def test_a_token_of_another_signer_is_refused():
    stranger = Ed25519PrivateKey.generate()
    forged, _ = sign_live_token(stranger, CAMERA, LiveAction.VIEW, "x", NOW)
    with pytest.raises(UnauthenticatedError):
        check_live_token(forged, KEY.public_key(), CAMERA, LiveAction.VIEW, NOW)
