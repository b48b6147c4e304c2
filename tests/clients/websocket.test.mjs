// Subscriptions with the client of graphql-ws.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { BRIGHTON, HARTLEPOOL, Inbox, Service, sleep } from "./harness.mjs";

const CHANGES = `subscription ($filter: ChangeFilter) {
  challengeChanged(filter: $filter) { id at action challenge { id reference stage host { name } windows { startsOn } } } }`;

let service;
let world;
before(async () => {
  service = await Service.start(["--live-keep-alive-seconds", "1"]);
  world = await service.world();
});
after(() => service?.stop());

function connect(token, options = {}) {
  return createClient({
    url: service.socketUrl,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams: () => ({ Authorization: `Bearer ${typeof token === "function" ? token() : token}` }),
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

async function once(client, payload) {
  return follow(client, payload).inbox.next();
}

test("a mutation reaches those who may see it, and nobody else", async () => {
  const roles = {
    programme: service.token("national-programme"),
    host: service.token("council", "--council", HARTLEPOOL),
    hub: service.token("regional-hub", "--region", "E12000001"),
    analyst: service.token("analyst"),
    stranger: service.token("council", "--council", BRIGHTON),
    farHub: service.token("regional-hub", "--region", "E12000008"),
  };
  const clients = Object.fromEntries(Object.entries(roles).map(([name, token]) => [name, connect(token)]));
  const feeds = Object.fromEntries(
    Object.entries(clients).map(([name, client]) => [name, follow(client, { query: CHANGES })]),
  );
  // Answered on the same sockets, so all of them are open.
  for (const client of Object.values(clients)) {
    const answer = await once(client, { query: "{ viewer { role } }" });
    assert.ok(answer.data, JSON.stringify(answer));
  }
  await sleep(300);
  const challenge = await service.request(world, HARTLEPOOL);
  const ids = new Set();
  for (const name of ["programme", "host", "hub", "analyst"]) {
    let event = (await feeds[name].inbox.next()).data.challengeChanged;
    if (event.action === "CHALLENGE_DRAFTED") event = (await feeds[name].inbox.next()).data.challengeChanged;
    assert.equal(event.action, "CHALLENGE_SUBMITTED", name);
    assert.equal(event.challenge.id, challenge.id);
    assert.equal(event.challenge.stage, "SUBMITTED");
    assert.equal(event.challenge.windows[0].startsOn, "2027-03-01");
    ids.add(event.id);
  }
  assert.equal(ids.size, 1, "one event has one id for everybody");
  // The other region's own challenge is the first that its people hear of.
  const other = await service.request(world, BRIGHTON);
  for (const name of ["stranger", "farHub"]) {
    const event = (await feeds[name].inbox.next()).data.challengeChanged;
    assert.equal(event.challenge.id, other.id, name);
  }
  for (const client of Object.values(clients)) await client.dispose();
});

test("filters, single challenges, the schedule, and the end by the client", async () => {
  const programme = connect(service.token("national-programme"));
  const region = (await world.council("E06000023")).region.id;
  const filtered = follow(programme, { query: CHANGES, variables: { filter: { regionIds: [region] } } });
  const schedule = follow(programme, {
    query: "subscription { scheduleChanged { action challenge { id stage } entries { startsOn } } }",
  });
  await once(programme, { query: "{ viewer { role } }" });
  await sleep(300);
  const derby = await service.request(world, "E06000015");
  const first = (await schedule.inbox.next()).data.scheduleChanged;
  assert.deepEqual([first.challenge.id, first.entries], [derby.id, [{ startsOn: "2027-03-01" }]]);
  const bristol = await service.request(world, "E06000023");
  const event = (await filtered.inbox.next()).data.challengeChanged;
  assert.equal(event.challenge.id, bristol.id);

  const one = "subscription ($id: ID!) { challengeChanged(id: $id) { action challenge { stage } } }";
  const derbyOnly = follow(programme, { query: one, variables: { id: derby.id } });
  const hidden = connect(service.token("council", "--council", BRIGHTON));
  const refused = await once(hidden, { query: one, variables: { id: derby.id } });
  assert.equal(refused.errors[0].extensions.code, "NOT_FOUND");
  await sleep(300);
  await service.withdraw(bristol, "E06000023");
  await service.withdraw(derby, "E06000015");
  const withdrawn = (await derbyOnly.inbox.next()).data.challengeChanged;
  assert.deepEqual(withdrawn, { action: "CHALLENGE_WITHDRAWN", challenge: { stage: "WITHDRAWN" } });
  derbyOnly.stop();
  assert.deepEqual(await derbyOnly.inbox.next(), { completed: true });

  const invalid = await once(programme, { query: "subscription { unknown }" });
  assert.equal(invalid.failed[0].extensions.code, "GRAPHQL_VALIDATION_FAILED");
  await programme.dispose();
  await hidden.dispose();
});

test("bad, missing and ending tokens close the socket with their codes", async () => {
  const closing = async (options) => {
    const inbox = new Inbox();
    const client = connect("nonsense", { on: { closed: (event) => inbox.push(event) }, ...options });
    follow(client, { query: CHANGES });
    const { code, reason } = await inbox.next(60_000);
    await client.dispose();
    return [code, reason];
  };
  assert.deepEqual(await closing({}), [4403, "The bearer token is not valid."]);
  assert.equal((await closing({ connectionParams: {} }))[0], 4401);
  assert.equal((await closing({ connectionParams: { token: 1 } }))[0], 4403);
  // Valid for three seconds more, with the 30 s that clocks may differ.
  const ending = service.ending(service.token("analyst"), -27);
  const start = Date.now();
  assert.deepEqual(await closing({ connectionParams: { token: ending } }), [4403, "The token has expired"]);
  assert.ok(Date.now() - start < 8_000);
});

test("a client that lost its server connects again and goes on", async () => {
  let connections = 0;
  const host = service.token("council", "--council", HARTLEPOOL);
  const codes = [];
  const client = connect(() => host, {
    retryAttempts: 50,
    retryWait: () => sleep(100),
    shouldRetry: () => true,
    on: { connected: () => connections++, closed: (event) => codes.push(event.code) },
  });
  const feed = follow(client, { query: CHANGES });
  await once(client, { query: "{ viewer { role } }" });
  await service.down();
  await service.up();
  for (let tries = 0; connections < 2 && tries < 100; tries++) await sleep(100);
  assert.equal(connections, 2);
  assert.equal(codes[0], 1001);
  await once(client, { query: "{ viewer { role } }" });
  await sleep(500);
  const existing = await service.data(host, "{ challenges(first: 1) { nodes { id version } } }");
  await service.withdraw(existing.challenges.nodes[0], HARTLEPOOL);
  const event = (await feed.inbox.next()).data.challengeChanged;
  assert.equal(event.action, "CHALLENGE_WITHDRAWN");
  await client.dispose();
});

test("the library's own view of the protocol: duplicates, unknown messages, greetings", async () => {
  const raw = async (...messages) => {
    const socket = new WebSocket(service.socketUrl, "graphql-transport-ws");
    const closed = new Promise((done) => socket.once("close", (code) => done(code)));
    await new Promise((done) => socket.once("open", done));
    for (const message of messages) socket.send(JSON.stringify(message));
    return closed;
  };
  const init = { type: "connection_init", payload: { token: service.token("analyst") } };
  const subscribe = { id: "1", type: "subscribe", payload: { query: CHANGES } };
  assert.equal(await raw({ type: "start" }), 4400);
  assert.equal(await raw(subscribe), 4401);
  assert.equal(await raw(init, init), 4429);
  assert.equal(await raw(init, subscribe, subscribe), 4409);
  assert.equal(await raw(), 4408);
});
