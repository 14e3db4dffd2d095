"""What a station's agent asks of the API, one call each."""

from base64 import b64encode

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.fakes.station import JPEG, public_text


def enrolment(token: str, key: Ed25519PrivateKey, **changes: str) -> dict[str, str]:
    proof = b64encode(key.sign(b"pollcam-enrol-v1\n" + token.encode())).decode()
    return {"token": token, "public_key": public_text(key), "proof": proof, **changes}


def beat(client, station, *cameras, **changes):
    return client.post(
        "/api/v1/agent/heartbeat",
        content=station.report(*cameras, **changes).model_dump_json(),
        headers={**station.headers, "content-type": "application/json"},
    )


def put_still(client, station, camera_id, content=JPEG, age_s="2.5", **headers):
    return client.put(
        f"/api/v1/agent/cameras/{camera_id}/still?age_s={age_s}",
        content=content,
        headers={**station.headers, "content-type": "image/jpeg", **headers},
    )
