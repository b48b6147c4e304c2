// The public audit suite of GraphQL over HTTP.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { serverAudits } from "graphql-http";
import { Service } from "./harness.mjs";

let service;
before(async () => {
  // The audits ask without a token, for nothing but the schema.
  service = await Service.start(["--introspection", "all"]);
});
after(() => service?.stop());

test("all 61 audits of graphql-http hold", async () => {
  const audits = serverAudits({ url: service.url, fetchFn: fetch });
  assert.equal(audits.length, 61);
  const faults = [];
  for (const audit of audits) {
    const result = await audit.fn();
    if (result.status !== "ok") faults.push(`${result.status}: ${result.name} (${result.reason ?? ""})`);
  }
  assert.deepEqual(faults, []);
});
