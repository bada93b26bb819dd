// A customer's program: everything it does goes through the official SDK.
import assert from "node:assert/strict";

const { Svix, ApiException } = await import(process.argv[2]);
const isVersion1 = process.argv[2] === "svix-1";
const svix = new Svix(process.env.HOOKREEL_KEY, { serverUrl: process.env.HOOKREEL });
const receiver = process.env.RECEIVER;

const eventually = async (ask, wanted) => {
    for (let tries = 0; tries < 200; tries += 1) {
        const answer = await ask();
        if (wanted(answer)) return answer;
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.fail(`never came: ${JSON.stringify(await ask())}`);
};
const refused = async (promise, code) => {
    const error = await promise.then(() => assert.fail("it was not refused"), (error) => error);
    assert.ok(error instanceof ApiException, String(error));
    assert.equal(error.code, code);
    return error.body;
};

await svix.health.get();

// Applications
const app = await svix.application.create({ name: "Acme", uid: "acme", metadata: { plan: "pro" } });
assert.match(app.id, /^app_/);
assert.ok(app.createdAt instanceof Date && !Number.isNaN(app.createdAt.getTime()));
assert.equal((await svix.application.getOrCreate({ name: "Acme", uid: "acme" })).id, app.id);
assert.equal((await svix.application.get("acme")).metadata.plan, "pro");
const replace = (id, body) => (isVersion1 ? svix.application.update(id, body) : svix.application.upsert(id, body));
assert.equal((await replace(app.id, { name: "Acme Ltd", uid: "acme" })).name, "Acme Ltd");
assert.equal((await svix.application.patch("acme", { name: "Acme Inc" })).name, "Acme Inc");
const names = [];
for (let iterator = null, done = false; !done; ) {
    const page = await svix.application.list({ limit: 1, iterator });
    names.push(...page.data.map((one) => one.name));
    ({ iterator, done } = page);
}
assert.deepEqual(names, ["Acme Inc", "Default"]);

// Event types
await svix.eventType.create({ name: "invoice.paid", description: "An invoice was paid" });
assert.equal((await svix.eventType.patch("invoice.paid", { deprecated: true })).deprecated, true);
assert.equal((await svix.eventType.get("invoice.paid")).description, "An invoice was paid");
assert.equal((await svix.eventType.list()).data.length, 1);
await refused(svix.eventType.create({ name: "invoice.paid", description: "again" }), 409);

// Endpoints
const types = (list) => (isVersion1 ? { filterTypes: list } : { eventTypes: list });
const working = await svix.endpoint.create("acme", { url: `${receiver}/working`, uid: "working", ...types(["invoice.paid"]) });
const failing = await svix.endpoint.create("acme", { url: `${receiver}/failing`, description: "Fails", channels: ["eu"] });
assert.deepEqual((await svix.endpoint.list("acme")).data.map((one) => one.id), [failing.id, working.id]);
assert.deepEqual((isVersion1 ? working.filterTypes : working.eventTypes), ["invoice.paid"]);
const patched = await svix.endpoint.patch("acme", failing.id, { channels: null, description: "Still fails" });
assert.equal(patched.channels, null);
const secret = (await svix.endpoint.getSecret("acme", "working")).key;
await svix.endpoint.rotateSecret("acme", "working", {});
assert.notEqual((await svix.endpoint.getSecret("acme", "working")).key, secret);
const setHeaders = isVersion1 ? "updateHeaders" : "setHeaders";
await svix.endpoint[setHeaders]("acme", "working", { headers: { "Accept-Language": "de", "X-Api-Key": "k" } });
assert.deepEqual((await svix.endpoint.getHeaders("acme", "working")).sensitive, ["X-Api-Key"]);
await svix.endpoint.patchHeaders("acme", "working", { headers: {}, deleteHeaders: ["X-Api-Key"] });
assert.deepEqual((await svix.endpoint.getHeaders("acme", "working")).headers, { "Accept-Language": "de" });

// Messages
const payload = { invoice: 42, nested: { a: [1, 2, 3] } };
const message = await svix.message.create("acme", { eventType: "invoice.paid", eventId: "in_42", payload });
assert.match(message.id, /^msg_/);
assert.deepEqual((await svix.message.get("acme", "in_42", { withContent: true })).payload, payload);
assert.equal((await svix.message.list("acme", { eventTypes: ["invoice.paid"], after: app.createdAt })).data.length, 1);
const conflict = await refused(svix.message.create("acme", { eventType: "invoice.paid", eventId: "in_42", payload }), 409);
assert.equal(conflict.code, "conflict");
assert.equal(typeof conflict.detail, "string");

// One key, one message, one answer
const keyed = () => svix.message.create("acme", { eventType: "other.type", payload: { once: true } }, { idempotencyKey: "order-7" });
assert.equal((await keyed()).id, (await keyed()).id);

// What came of it
const attempts = await eventually(
    () => svix.messageAttempt.listByMsg("acme", message.id, { withContent: true }),
    (page) => page.data.length === 3,
);
const failed = attempts.data.filter((attempt) => attempt.endpointId === failing.id);
assert.deepEqual(failed.map((attempt) => [attempt.status, attempt.statusText, attempt.responseStatusCode]), [[2, "fail", 500], [2, "fail", 500]]);
assert.equal(failed[0].response, "out of order");
assert.equal(failed[0].triggerType, 0);
assert.ok(failed[0].timestamp instanceof Date);
assert.equal((await svix.messageAttempt.get("acme", message.id, failed[0].id)).id, failed[0].id);
const succeeded = await svix.messageAttempt.listByEndpoint("acme", "working", { status: 0, withMsg: true, withContent: true });
assert.equal(succeeded.data[0].msg.id, message.id);
const destinations = await svix.messageAttempt.listAttemptedDestinations("acme", message.id);
assert.equal(destinations.data.length, 2);
await svix.messageAttempt.resend("acme", message.id, failing.id);
await eventually(
    () => svix.messageAttempt.listByEndpoint("acme", failing.id, { eventTypes: ["invoice.paid"] }),
    (page) => page.data.length === 3 && page.data[0].triggerType === 1,
);
const task = await svix.endpoint.recover("acme", failing.id, { since: app.createdAt });
assert.equal(task.task, "endpoint.recover");

// Errors the way the SDK reads them
assert.equal((await refused(svix.application.get("nobody"), 404)).code, "not_found");
const invalid = await refused(svix.endpoint.create("acme", { url: "nonsense" }), 422);
assert.deepEqual(invalid.detail[0].loc, ["body", "url"]);
assert.equal(typeof invalid.detail[0].msg, "string");
const stranger = new Svix("hk_wrong", { serverUrl: process.env.HOOKREEL });
assert.equal((await refused(stranger.application.list(), 401)).code, "authentication_failed");

// And away
await svix.endpoint.delete("acme", "working");
await refused(svix.endpoint.get("acme", "working"), 404);
await svix.eventType.delete("invoice.paid");
await svix.application.delete("acme");
await refused(svix.application.get("acme"), 404);
