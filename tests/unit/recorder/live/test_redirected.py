"""Where a streamer may send the publisher on to."""

import pytest

from recorder.live.errors import StreamerRefusedError
from recorder.live.whip_session import redirected

HERE = "https://a.example/whip/7"


@pytest.mark.parametrize(
    ("url", "location", "target"),
    [
        (HERE, "https://b.example/whip/7", "https://b.example/whip/7"),
        (HERE, "/other/7", "https://a.example/other/7"),
        ("http://10.0.0.1/whip/7", "http://10.0.0.2/whip/7", "http://10.0.0.2/whip/7"),
        ("http://10.0.0.1/whip/7", "https://b.example/7", "https://b.example/7"),
    ],
)
def test_it_goes_on_to_another_engine(url, location, target):
    assert redirected(url, location) == target


@pytest.mark.parametrize(
    "location", ["", "http://b.example/whip/7", "file:///etc/passwd", "https://[b", "ftp://b/7"]
)
def test_its_bearer_goes_nowhere_else(location):
    with pytest.raises(StreamerRefusedError):
        redirected(HERE, location)
