// Opens many WebSockets with one subscription each, measures the service's memory, and how long one event takes to reach all.
// Not a test; by hand, with a release build:
//   PEER_CHALLENGE_BIN=../../target/release/peer-challenge node load.mjs [SOCKETS]
// Needs `ulimit -n` above the number of sockets.
import { readFileSync } from "node:fs";
import WebSocket from "ws";
import { HARTLEPOOL, Service, sleep } from "./harness.mjs";

const sockets = Number(process.argv[2] ?? 5000);
const rounds = 5;
const service = await Service.start(["--live-connections-per-viewer", String(sockets), "--live-connections", String(sockets)]);
const memory = () => {
  const status = readFileSync(`/proc/${service.process.pid}/status`, "utf8");
  return Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(status)[1]) / 1024);
};
const world = await service.world();
const token = service.token("national-programme");
const before = memory();

let arrived = 0;
let allArrived = () => {};
const query = `subscription { challengeChanged {
  id action at challenge { id reference stage host { name region { name } } } } }`;

function open() {
  return new Promise((done, fail) => {
    const socket = new WebSocket(service.socketUrl, "graphql-transport-ws");
    socket.on("error", fail);
    socket.on("open", () => socket.send(JSON.stringify({ type: "connection_init", payload: { token } })));
    socket.on("message", (data) => {
      const message = JSON.parse(data);
      if (message.type === "connection_ack") {
        socket.send(JSON.stringify({ id: "1", type: "subscribe", payload: { query } }));
        done(socket);
      } else if (message.type === "next") {
        if (message.payload.errors) fail(new Error(data));
        arrived += 1;
        if (arrived === sockets) allArrived(performance.now());
      }
    });
  });
}

const start = performance.now();
const all = [];
while (all.length < sockets) {
  const batch = Array.from({ length: Math.min(200, sockets - all.length) }, open);
  all.push(...(await Promise.all(batch)));
}
console.log(`${sockets} sockets with a subscription each: opened in ${Math.round(performance.now() - start)} ms`);
await sleep(20_000);
console.log(`memory of the service: ${before} MB before, ${memory()} MB with all of them idle`);

let challenge = await service.request(world, HARTLEPOOL, false);
await sleep(3_000);
const host = service.token("council", "--council", HARTLEPOOL);
const times = [];
for (let round = 0; round < rounds; round++) {
  arrived = 0;
  const last = new Promise((done) => (allArrived = done));
  const sent = performance.now();
  const data = await service.data(
    host,
    `mutation ($input: UpdateChallengeRequestInput!) { updateChallengeRequest(input: $input) {
      challenge { id version } userErrors { message } } }`,
    {
      input: {
        challengeId: challenge.id,
        expectedVersion: challenge.version,
        seasonId: world.season,
        strand: "PEER_CHALLENGE",
        reason: `Reason ${round}.`,
      },
    },
  );
  const payload = data.updateChallengeRequest;
  if (payload.userErrors.length) throw new Error(JSON.stringify(payload.userErrors));
  challenge = payload.challenge;
  const answered = performance.now();
  const end = await last;
  times.push(Math.round(end - sent));
  console.log(`event ${round + 1}: mutation answered after ${Math.round(answered - sent)} ms, the last of ${sockets} clients heard after ${times.at(-1)} ms`);
  await sleep(1_000);
}
times.sort((a, b) => a - b);
console.log(`median ${times[times.length >> 1]} ms, worst ${times.at(-1)} ms; memory afterwards ${memory()} MB`);
for (const socket of all) socket.terminate();
await service.stop();
process.exit(0);
