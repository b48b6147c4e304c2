// Starts the built binary on a database of its own, mints tokens, and speaks plain GraphQL over HTTP.
import { execFileSync, spawn } from "node:child_process";
import { createPrivateKey, sign } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
export const binary = process.env.PEER_CHALLENGE_BIN ?? join(root, "target/debug/peer-challenge");

export const HARTLEPOOL = "E06000001";
export const BRIGHTON = "E06000043";

function freePort() {
  return new Promise((done, fail) => {
    const server = createServer();
    server.on("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

export const sleep = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

// A running service. `flags` are added to `serve`.
export class Service {
  static async start(flags = []) {
    const directory = mkdtempSync(join(tmpdir(), "peer-challenge-clients-"));
    const database = `sqlite://${join(directory, "data.db")}`;
    const environment = { ...process.env, DATABASE_URL: database, PEER_CHALLENGE_DATA_DIR: join(directory, "keys") };
    execFileSync(binary, ["import", "reference"], { env: environment, stdio: "ignore" });
    const service = new Service();
    Object.assign(service, { directory, environment, flags, port: await freePort() });
    await service.up();
    return service;
  }

  get url() {
    return `http://127.0.0.1:${this.port}/graphql`;
  }

  get socketUrl() {
    return `ws://127.0.0.1:${this.port}/graphql`;
  }

  // Starts the process, on the port that the service had before.
  async up() {
    const log = process.env.SHOW_LOG ? "inherit" : "ignore";
    const bind = ["serve", "--bind", `127.0.0.1:${this.port}`, ...this.flags];
    this.process = spawn(binary, bind, { env: this.environment, stdio: ["ignore", log, log] });
    this.exit = new Promise((done) => this.process.once("exit", done));
    for (let tries = 0; tries < 300; tries++) {
      const ready = await fetch(`http://127.0.0.1:${this.port}/readyz`).catch(() => null);
      if (ready?.status === 200) return;
      await sleep(50);
    }
    throw new Error("the service did not become ready");
  }

  // Ends the process as an operator would.
  async down() {
    this.process.kill("SIGTERM");
    await this.exit;
  }

  async stop() {
    await this.down();
    rmSync(this.directory, { recursive: true, force: true });
  }

  token(role, ...scope) {
    const minted = execFileSync(binary, ["token", "--role", role, ...scope], { env: this.environment });
    return minted.toString().trim();
  }

  // The same token with another end, in seconds from now; the service allows 30 s of difference between clocks.
  ending(token, seconds) {
    const [header, claims] = token.split(".");
    const read = (part) => JSON.parse(Buffer.from(part, "base64url"));
    const write = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const exp = Math.floor(Date.now() / 1000) + seconds;
    const body = `${header}.${write({ ...read(claims), exp })}`;
    const key = createPrivateKey(readFileSync(join(this.directory, "keys/local-key.pem")));
    return `${body}.${sign(null, Buffer.from(body), key).toString("base64url")}`;
  }

  // `data` of a request that must succeed.
  async data(token, query, variables = {}) {
    const response = await fetch(this.url, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables }),
    });
    const body = await response.json();
    if (body.errors) throw new Error(JSON.stringify(body.errors));
    return body.data;
  }

  // Makes what requests refer to, once.
  async world() {
    const programme = this.token("national-programme");
    const season = await this.data(
      programme,
      `mutation { createSeason(input: { name: "2026/27", startsOn: "2026-04-01", endsOn: "2027-03-31" }) {
        season { id } userErrors { message } } }`,
    );
    const facts = await this.data(programme, "{ programmes { id code } themes { id code } }");
    const council = async (code) =>
      (await this.data(programme, `{ councilByGssCode(gssCode: "${code}") { id region { id } } }`)).councilByGssCode;
    return {
      programme: facts.programmes.find((one) => one.code === "CSPC").id,
      theme: facts.themes.find((one) => one.code === "LEADERSHIP").id,
      season: season.createSeason.season.id,
      council,
    };
  }

  // A council asks for a challenge.
  async request(world, code, submit = true) {
    const host = await world.council(code);
    const input = {
      hostId: host.id,
      programmeId: world.programme,
      seasonId: world.season,
      strand: "PEER_CHALLENGE",
      reason: "We want to know whether our front door works.",
      themes: [{ themeId: world.theme, weight: 40 }],
      windows: [{ startsOn: "2027-03-01", endsOn: "2027-03-04", preference: 80 }],
      submit,
    };
    const data = await this.data(
      this.token("council", "--council", code),
      `mutation ($input: RequestChallengeInput!) { requestChallenge(input: $input) {
        challenge { id reference version stage } userErrors { message } } }`,
      { input },
    );
    const { challenge, userErrors } = data.requestChallenge;
    if (userErrors.length) throw new Error(JSON.stringify(userErrors));
    return challenge;
  }

  // The council takes it back.
  async withdraw(challenge, code) {
    const data = await this.data(
      this.token("council", "--council", code),
      `mutation ($input: ChallengeSideMoveInput!) { withdrawChallenge(input: $input) {
        challenge { id stage version } userErrors { message } } }`,
      { input: { challengeId: challenge.id, expectedVersion: challenge.version, reason: "HOST_REQUEST" } },
    );
    const { challenge: after, userErrors } = data.withdrawChallenge;
    if (userErrors.length) throw new Error(JSON.stringify(userErrors));
    return after;
  }
}

// Events in the order of their arrival, with waiting.
export class Inbox {
  constructor() {
    this.items = [];
    this.waiting = [];
  }

  push(item) {
    const waiter = this.waiting.shift();
    if (waiter) waiter(item);
    else this.items.push(item);
  }

  next(milliseconds = 10_000) {
    if (this.items.length) return Promise.resolve(this.items.shift());
    return new Promise((done, fail) => {
      const timer = setTimeout(() => fail(new Error("no event came")), milliseconds);
      this.waiting.push((item) => {
        clearTimeout(timer);
        done(item);
      });
    });
  }
}
