// A real OpenID provider issues the tokens, and rotates its keys under a running service.
import assert from "node:assert/strict";
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import Provider from "oidc-provider";

import { Service, sleep } from "./harness.mjs";

const AUDIENCE = "urn:peer-challenge";
const CLIENT = { client_id: "hub-machine", client_secret: randomUUID() };
// Short, so that the test need not wait: the floor between two fetches, and the greatest age of a key set.
const FLOOR = 1_000;
const MAX_AGE = 3_000;

// A signing key as the provider takes it.
function key(kid) {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { ...privateKey.export({ format: "jwk" }), kid, alg: "ES256", use: "sig" };
}

// The provider on one address; its keys and claims can be exchanged while it runs.
class Identity {
  async start() {
    this.server = createServer((request, response) => this.provider.callback()(request, response));
    await new Promise((done) => this.server.listen(0, "127.0.0.1", done));
    this.issuer = `http://127.0.0.1:${this.server.address().port}`;
  }

  // From now on the provider publishes these keys and signs with the first.
  publish(...keys) {
    this.provider = new Provider(this.issuer, {
      jwks: { keys },
      clients: [
        {
          ...CLIENT,
          grant_types: ["client_credentials"],
          redirect_uris: [],
          response_types: [],
          id_token_signed_response_alg: "ES256",
        },
      ],
      scopes: ["api"],
      features: {
        clientCredentials: { enabled: true },
        devInteractions: { enabled: false },
        resourceIndicators: {
          enabled: true,
          defaultResource: () => this.audience,
          useGrantedResource: () => true,
          getResourceServerInfo: () => ({
            scope: "api",
            audience: this.audience,
            accessTokenTTL: 600,
            accessTokenFormat: "jwt",
            jwt: { sign: { alg: "ES256", kid: keys[0].kid } },
          }),
        },
      },
      // The claims that docs/AUTH.md asks for.
      extraTokenClaims: () => this.claims,
      formats: {
        customizers: {
          jwt: (context, token, jwt) => {
            if (this.startsNow) jwt.payload.nbf = jwt.payload.iat;
          },
        },
      },
    });
  }

  audience = AUDIENCE;
  startsNow = true;
  claims = { role: "REGIONAL_HUB", regions: ["E12000001"] };

  async token() {
    const credentials = Buffer.from(`${CLIENT.client_id}:${CLIENT.client_secret}`).toString("base64");
    const response = await fetch(`${this.issuer}/token`, {
      method: "POST",
      headers: { authorization: `Basic ${credentials}`, "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ grant_type: "client_credentials", scope: "api", resource: this.audience }),
    });
    const body = await response.json();
    assert.equal(response.status, 200, JSON.stringify(body));
    return body.access_token;
  }
}

const identity = new Identity();
const [old, next] = [key("old"), key("new")];
let service;

async function ask(token) {
  const response = await fetch(service.url, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: "{ viewer { subject role regions { gssCode } } }" }),
  });
  return { status: response.status, body: await response.json() };
}

const kid = (token) => JSON.parse(Buffer.from(token.split(".")[0], "base64url")).kid;

before(async () => {
  await identity.start();
  identity.publish(old);
  service = await Service.start([
    ...["--jwks-url", `${identity.issuer}/jwks`, "--jwt-issuer", identity.issuer],
    ...["--jwt-audience", AUDIENCE, "--jwt-algorithm", "ES256"],
    ...["--jwks-min-interval-seconds", String(FLOOR / 1000), "--jwks-max-age-seconds", String(MAX_AGE / 1000)],
  ]);
});

after(async () => {
  await service?.stop();
  identity.server.closeAllConnections?.();
  identity.server.close();
});

test("a token of the provider names its viewer", async () => {
  const { status, body } = await ask(await identity.token());
  assert.equal(status, 200, JSON.stringify(body));
  assert.deepEqual(body.data.viewer, {
    subject: CLIENT.client_id,
    role: "REGIONAL_HUB",
    regions: [{ gssCode: "E12000001" }],
  });
});

test("what the provider signs for somebody else or without need is refused", async () => {
  identity.audience = "urn:another-api";
  assert.equal((await ask(await identity.token())).status, 401);
  identity.audience = AUDIENCE;
  identity.claims = { role: "REGIONAL_HUB" };
  assert.equal((await ask(await identity.token())).status, 401);
  identity.claims = { role: "REGIONAL_HUB", regions: ["E12000001"] };
  identity.startsNow = false;
  assert.equal((await ask(await identity.token())).status, 401);
  identity.startsNow = true;
  // A byte of the signature.
  const token = await identity.token();
  const changed = token.slice(0, -10) + (token.at(-10) === "A" ? "B" : "A") + token.slice(-9);
  assert.equal((await ask(changed)).status, 401);
});

test("keys rotate without a restart: both count while both are published, a withdrawn one no longer", async () => {
  const before = await identity.token();
  assert.equal(kid(before), "old");
  assert.equal((await ask(before)).status, 200);

  identity.publish(next, old);
  await sleep(FLOOR);
  const since = await identity.token();
  assert.equal(kid(since), "new");
  assert.equal((await ask(since)).status, 200, "the new key counts as soon as a token names it");
  assert.equal((await ask(before)).status, 200, "the old key counts while it is published");

  identity.publish(next);
  await sleep(MAX_AGE + 500);
  assert.equal((await ask(since)).status, 200);
  assert.equal((await ask(before)).status, 401, "a withdrawn key is refused");
});
