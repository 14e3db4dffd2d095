"""Takes secrets out of text before anybody sees it."""

import re

# user:password@ in any URL, up to the last @, for passwords may hold some; and the values of
# query parameters that carry secrets.
_USERINFO = re.compile(r"(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]*://)[^/\s]+@")
_SECRET_PARAMETER = re.compile(
    r"(?P<key>(?:token|password|passwd|pwd|secret|auth|key|signature|x-amz-signature|"
    r"x-amz-credential|user|username)=)[^&\s\"']+",
    re.IGNORECASE,
)


def redacted(text: str) -> str:
    """The same text with `***` in place of user information and secret parameters.

    Camera URLs end up in libav's errors and in tracebacks, so every text that leaves the
    process passes through here.
    """
    text = _USERINFO.sub(r"\g<scheme>***@", text)
    return _SECRET_PARAMETER.sub(r"\g<key>***", text)
