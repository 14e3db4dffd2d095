import json
from base64 import b64encode
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from storage.intake.reading import ReadLine, Refusal, read_line
from storage.objects.keys import MAX_KEPT_LINE_BYTES
from tests.fakes.journal import Journal

KEY = Ed25519PrivateKey.generate()
JOURNAL = Journal(device_id=uuid4(), camera_id=uuid4(), key=KEY)
JOURNAL.segment(JOURNAL.start(), 0)
START, SEGMENT = JOURNAL.lines
KEYS = {JOURNAL.device_id: KEY.public_key()}
CAMERAS = frozenset({JOURNAL.camera_id})

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


def signed(fields: dict) -> str:
    text = json.dumps(fields)
    signature = KEY.sign(b"pollcam-entry-v1\n" + text.encode())
    return f"{text}\t{b64encode(signature).decode()}"


def test_a_device_of_the_station_is_read():
    read = read_line(SEGMENT, KEYS, CAMERAS)
    assert isinstance(read, ReadLine)
    assert read.entry.line == SEGMENT


def test_a_camera_of_another_station_is_refused():
    assert isinstance(read_line(SEGMENT, KEYS, frozenset()), Refusal)


def test_a_line_too_long_for_the_metadata_is_refused():
    fields = json.loads(START.partition("\t")[0])
    fields["body"]["note"] = "x" * MAX_KEPT_LINE_BYTES
    assert isinstance(read_line(signed(fields), KEYS, CAMERAS), Refusal)


@given(st.text(max_size=400))
def test_no_text_breaks_the_reading(text):
    assert isinstance(read_line(text, KEYS, CAMERAS), Refusal)


@given(st.sampled_from([START, SEGMENT]), st.data())
def test_no_value_in_a_signed_line_breaks_the_reading(line, data):
    fields = json.loads(line.partition("\t")[0])
    target = data.draw(st.sampled_from([fields, fields["body"]]))
    target[data.draw(st.sampled_from(sorted(target)))] = data.draw(anything)
    assert isinstance(read_line(signed(fields), KEYS, CAMERAS), Refusal | ReadLine)


@given(st.integers(0, len(SEGMENT) - 1), st.characters(codec="ascii"))
def test_no_changed_character_passes(place, character):
    changed = SEGMENT[:place] + character + SEGMENT[place + 1 :]
    read = read_line(changed, KEYS, CAMERAS)
    assert isinstance(read, Refusal) or changed == SEGMENT
