from datetime import timedelta
from uuid import uuid4

import jwt
import pytest

from core.errors import ForbiddenError
from core.wire.upload import ObjectKind
from storage.intake.grants import ObjectGrant, check_grant, sign_grant
from tests.fakes.journal import MORNING

KEY = b"k" * 32
GRANT = ObjectGrant(kind=ObjectKind.SEGMENT, object_id=uuid4())
QUARTER = timedelta(minutes=15)


def test_a_grant_says_what_it_is_for_until_it_expires():
    token, expires_utc = sign_grant(KEY, GRANT, MORNING, QUARTER)
    assert expires_utc == MORNING + QUARTER
    assert check_grant(KEY, token, MORNING + QUARTER) == GRANT
    with pytest.raises(ForbiddenError, match="expired"):
        check_grant(KEY, token, MORNING + QUARTER + timedelta(seconds=1))


def test_a_grant_of_another_archive_is_refused():
    token, _ = sign_grant(b"o" * 32, GRANT, MORNING, QUARTER)
    with pytest.raises(ForbiddenError):
        check_grant(KEY, token, MORNING)


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "pollcam-objects", "knd": "segment", "obj": "not an id", "exp": 2**31},
        {"aud": "pollcam-objects", "knd": "account", "obj": str(uuid4()), "exp": 2**31},
        {"aud": "pollcam-objects", "knd": "segment", "obj": str(uuid4())},
        {"aud": "pollcam-api", "knd": "segment", "obj": str(uuid4()), "exp": 2**31},
    ],
)
def test_a_token_that_is_no_grant_is_refused(claims):
    with pytest.raises(ForbiddenError):
        check_grant(KEY, jwt.encode(claims, KEY, algorithm="HS256"), MORNING)


def test_a_token_without_a_signature_is_refused():
    claims = {"aud": "pollcam-objects", "knd": "segment", "obj": str(uuid4()), "exp": 2**31}
    with pytest.raises(ForbiddenError):
        check_grant(KEY, jwt.encode(claims, "", algorithm="none"), MORNING)
