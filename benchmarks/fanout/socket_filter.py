"""Lets a client's socket pass one media packet of 64, and all that keeps its session alive.

A receiver that sleeps and is woken by each packet charges its wake-up to the sender when both
are one machine, for every engine alike: that would be measured in place of the engines.
"""

import ctypes
import socket
from struct import pack

SAMPLED = 64
"""One packet of so many passes, by its sequence number."""
_SO_ATTACH_FILTER = 26
_LOAD_BYTE, _LOAD_HALF, _RETURN = 0x30, 0x28, 0x06
_JUMP_AT_LEAST, _JUMP_ABOVE, _JUMP_BITS = 0x35, 0x25, 0x45
_ALL, _NONE = 0xFFFF, 0
# Offsets count from the UDP header: the payload is at 8. Jumps count from the next line.
_PROGRAM = (
    (_LOAD_BYTE, 0, 0, 8),
    (_JUMP_AT_LEAST, 0, 5, 128),  # below: STUN and DTLS, pass
    (_LOAD_BYTE, 0, 0, 9),
    (_JUMP_AT_LEAST, 0, 1, 200),
    (_JUMP_ABOVE, 0, 2, 207),  # 200 to 207: RTCP, pass
    (_LOAD_HALF, 0, 0, 10),
    (_JUMP_BITS, 1, 0, SAMPLED - 1),
    (_RETURN, 0, 0, _ALL),
    (_RETURN, 0, 0, _NONE),
)


def attach(receiver: socket.socket) -> None:
    """Have the kernel drop the rest before it wakes anybody."""
    code = b"".join(pack("=HBBI", *line) for line in _PROGRAM)
    memory = ctypes.create_string_buffer(code)
    program = pack("@HL", len(_PROGRAM), ctypes.addressof(memory))
    receiver.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)
