import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.redact import redacted


@pytest.mark.parametrize(
    "text",
    [
        "rtsp://admin:s3cret@10.0.0.5/stream",
        "cannot open 'rtsp://admin:s3cret@cam.local:554/h264': timed out",
        "rtsp://admin:s3c@ret@cam/",
        "rtsp://admin:s3c@@cam/",
        "http://cam/cgi?user=admin&password=s3cret&x=1",
        "https://bucket/x?X-Amz-Signature=s3cret",
        "https://centre/whip/1?token=s3cret",
    ],
)
def test_secrets_leave_the_text(text):
    assert "s3c" not in redacted(text)


def test_what_is_no_secret_stays():
    text = "rtsp://10.0.0.5:554/stream?channel=1 from operator@example.org"
    assert redacted(text) == text


def test_the_address_stays_readable():
    assert redacted("rtsp://a:b@10.0.0.5/x") == "rtsp://***@10.0.0.5/x"
    assert redacted("rtsp://a:b@@10.0.0.5/x") == "rtsp://***@10.0.0.5/x"


@given(
    st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1),
    st.text(
        st.characters(codec="ascii", categories=["L", "N", "P"], exclude_characters="/"), min_size=4
    ),
)
def test_no_password_survives(user, password):
    text = redacted(f"open rtsp://{user}:{password}@camera/live failed")
    assert text == "open rtsp://***@camera/live failed"
