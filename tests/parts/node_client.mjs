// libdatachannel, by node-datachannel: what OBS is made of. Watches or publishes one camera.
//
//     node node_client.mjs MODULE watch|publish URL TOKEN
//
// Publishing sends the access units that come on standard input, each after its length and its RTP
// timestamp (two 32-bit numbers, the lowest byte last). One line of JSON a second says what came.
import { createRequire } from "node:module";

const [folder, task, url, token] = process.argv.slice(2);
const { default: library } = await import(createRequire(`${folder}/`).resolve("node-datachannel"));
const H264 = "profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1";
const SSRC = 42;
const isPublisher = task === "publish";

const peer = new library.PeerConnection("client", { iceServers: [], forceMediaTransport: true });
const told = { state: "new", packets: 0, bytes: 0, keyframes: 0, sent: 0 };
peer.onStateChange((state) => { told.state = state; });
const video = new library.Video("0", isPublisher ? "SendOnly" : "RecvOnly");
video.addH264Codec(96, H264);
if (isPublisher) video.addSSRC(SSRC, "client", "client", "video");
const track = peer.addTrack(video);
globalThis.kept = [peer, track]; // the library closes what the garbage collector finds
if (isPublisher) send(track);
else receive(track);

peer.onGatheringStateChange(async (state) => {
  if (state !== "complete") return;
  const headers = { "content-type": "application/sdp", authorization: `Bearer ${token}` };
  const answer = await fetch(url, { method: "POST", headers, body: peer.localDescription().sdp });
  const text = await answer.text();
  if (answer.status !== 201) throw new Error(`${answer.status} ${text}`);
  const session = new URL(answer.headers.get("location"), answer.url);
  peer.setRemoteDescription(text, "answer");
  process.on("SIGTERM", async () => {
    await fetch(session, { method: "DELETE", headers });
    process.exit(0);
  });
});
peer.setLocalDescription();
setInterval(() => console.log(JSON.stringify(told)), 1000);

function receive(track) {
  track.setMediaHandler(new library.RtcpReceivingSession());
  track.onMessage((packet) => {
    told.packets += 1;
    told.bytes += packet.length;
    const type = packet[12] & 0x1f; // no extension is negotiated, so the payload begins there
    const isWhole = type === 5 || type === 7;
    const isFirstPiece = type === 28 && (packet[13] & 0x9f) === 0x85;
    if (isWhole || isFirstPiece) told.keyframes += 1;
  });
}

function send(track) {
  const config = new library.RtpPacketizationConfig(SSRC, "client", 96, 90_000);
  const packetizer = new library.H264RtpPacketizer("StartSequence", config, 1200);
  packetizer.addToChain(new library.RtcpSrReporter(config));
  packetizer.addToChain(new library.RtcpNackResponder());
  track.setMediaHandler(packetizer);
  let rest = Buffer.alloc(0);
  process.stdin.on("data", (data) => {
    rest = Buffer.concat([rest, data]);
    while (rest.length >= 8 && rest.length >= 8 + rest.readUInt32BE(0)) {
      const size = rest.readUInt32BE(0);
      config.timestamp = rest.readUInt32BE(4);
      if (track.isOpen() && track.sendMessageBinary(rest.subarray(8, 8 + size))) told.sent += 1;
      rest = rest.subarray(8 + size);
    }
  });
}
