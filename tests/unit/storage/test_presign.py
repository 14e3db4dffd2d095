import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from storage.objects.presign import S3Credentials, presigned_put

NOW = datetime(2026, 11, 24, 8, 0, 0, tzinfo=UTC)
CREDENTIALS = S3Credentials(access_key="ACCESS", secret_key="a secret", region="eu-1")
QUARTER = timedelta(minutes=15)


def sign(address="https://objects.example/bucket/v1/one.m4s", **headers) -> str:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return presigned_put(address, names, CREDENTIALS, NOW, QUARTER)


def test_the_signature_is_that_of_the_standard_computed_by_hand():
    url = urlsplit(sign(if_none_match="*"))
    query = "&".join(
        [
            "X-Amz-Algorithm=AWS4-HMAC-SHA256",
            "X-Amz-Credential=ACCESS%2F20261124%2Feu-1%2Fs3%2Faws4_request",
            "X-Amz-Date=20261124T080000Z",
            "X-Amz-Expires=900",
            "X-Amz-SignedHeaders=host%3Bif-none-match",
        ]
    )
    request = (
        f"PUT\n/bucket/v1/one.m4s\n{query}\n"
        "host:objects.example\nif-none-match:*\n\nhost;if-none-match\nUNSIGNED-PAYLOAD"
    )
    digest = hashlib.sha256(request.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n20261124T080000Z\n20261124/eu-1/s3/aws4_request\n{digest}"
    key = b"AWS4a secret"
    for part in (b"20261124", b"eu-1", b"s3", b"aws4_request"):
        key = hmac.new(key, part, hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    assert url.query == f"{query}&X-Amz-Signature={signature}"


def test_every_header_is_part_of_the_signature():
    signatures = {
        parse_qs(urlsplit(url).query)["X-Amz-Signature"][0]
        for url in (
            sign(),
            sign(if_none_match="*"),
            sign(x_amz_meta_line="a"),
            sign(x_amz_meta_line="b"),
            sign("https://objects.example/bucket/v1/two.m4s"),
            sign("https://other.example/bucket/v1/one.m4s"),
        )
    }
    assert len(signatures) == 6


def test_the_secret_is_in_no_text():
    assert "a secret" not in sign() + repr(CREDENTIALS)
    assert "ACCESS" not in repr(CREDENTIALS)


@given(st.text("abz019._-~ +%", min_size=1, max_size=20))
def test_a_path_is_quoted_as_the_server_will_quote_it(name):
    url = urlsplit(sign(f"https://objects.example/bucket/{name}"))
    assert all(c not in url.path for c in " +")
