// Subscriptions with the client of graphql-sse, distinct connections mode.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createClient } from "graphql-sse";
import { BRIGHTON, HARTLEPOOL, Inbox, Service, sleep } from "./harness.mjs";

let service;
let world;
before(async () => {
  service = await Service.start(["--live-keep-alive-seconds", "1"]);
  world = await service.world();
});
after(() => service?.stop());

function connect(token, options = {}) {
  return createClient({
    url: service.url,
    fetchFn: fetch,
    retryAttempts: 0,
    headers: { Authorization: `Bearer ${token}` },
    ...options,
  });
}

function follow(client, payload) {
  const inbox = new Inbox();
  const stop = client.subscribe(payload, {
    next: (value) => inbox.push(value),
    error: (error) => inbox.push({ failed: error }),
    complete: () => inbox.push({ completed: true }),
  });
  return { inbox, stop };
}

const CHANGES = "subscription { challengeChanged { action challenge { id stage } } }";

test("events arrive at those who may see them", async () => {
  const host = follow(connect(service.token("council", "--council", HARTLEPOOL)), { query: CHANGES });
  const stranger = follow(connect(service.token("council", "--council", BRIGHTON)), { query: CHANGES });
  await sleep(500);
  const challenge = await service.request(world, HARTLEPOOL);
  let event = (await host.inbox.next()).data.challengeChanged;
  if (event.action === "CHALLENGE_DRAFTED") event = (await host.inbox.next()).data.challengeChanged;
  assert.deepEqual(event, { action: "CHALLENGE_SUBMITTED", challenge: { id: challenge.id, stage: "SUBMITTED" } });
  const other = await service.request(world, BRIGHTON);
  assert.equal((await stranger.inbox.next()).data.challengeChanged.challenge.id, other.id);
  host.stop();
  stranger.stop();
});

test("queries are answered, faults of the document are results, bad tokens are refused", async () => {
  const client = connect(service.token("analyst"));
  const answer = follow(client, { query: "{ viewer { role } }" });
  assert.equal((await answer.inbox.next()).data.viewer.role, "ANALYST");
  assert.deepEqual(await answer.inbox.next(), { completed: true });
  const invalid = follow(client, { query: "{ unknown }" });
  assert.equal((await invalid.inbox.next()).errors[0].extensions.code, "GRAPHQL_VALIDATION_FAILED");
  assert.deepEqual(await invalid.inbox.next(), { completed: true });
  const refused = await follow(connect("nonsense"), { query: CHANGES }).inbox.next();
  assert.equal(refused.failed.response.status, 401);
});

test("a token's end ends the stream, with a reason", async () => {
  const token = service.ending(service.token("analyst"), -27);
  const feed = follow(connect(token), { query: CHANGES });
  const last = await feed.inbox.next(20_000);
  assert.equal(last.errors[0].extensions.code, "UNAUTHENTICATED");
  assert.deepEqual(await feed.inbox.next(), { completed: true });
});

test("a client that lost its server connects again", async () => {
  const token = service.token("national-programme");
  let connections = 0;
  const client = connect(token, {
    retryAttempts: 50,
    retry: () => sleep(100),
    on: { connected: () => connections++ },
  });
  const feed = follow(client, { query: CHANGES });
  for (let tries = 0; connections < 1 && tries < 50; tries++) await sleep(100);
  await service.down();
  await service.up();
  for (let tries = 0; connections < 2 && tries < 100; tries++) await sleep(100);
  assert.equal(connections, 2);
  await sleep(300);
  const existing = await service.data(token, "{ challenges(first: 1) { nodes { id version host { gssCode } } } }");
  const [challenge] = existing.challenges.nodes;
  await service.withdraw(challenge, challenge.host.gssCode);
  assert.equal((await feed.inbox.next()).data.challengeChanged.action, "CHALLENGE_WITHDRAWN");
  feed.stop();
});
