import { Webhook } from "standardwebhooks";
import { Svix } from "svix";
import { Api } from "../fixtures/api.ts";
import { addEndpoint, attempt, createApiKey, fact, goTo, head, heading, openFirst, revealSecret, rows, section, signUp } from "../fixtures/dashboard.ts";
import { expect, test } from "../fixtures/test.ts";

test("a published message arrives signed, and its delivery tells how", async ({ page, hookreel, receiver }) => {
  await signUp(page);
  await addEndpoint(page, receiver.url("/billing"), "invoice.paid");
  await expect(page.getByText("Endpoint created. Matching messages are sent to it from now on.")).toBeVisible();
  const secret = await revealSecret(page);
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]+=*$/);
  const { key, applicationId } = await createApiKey(page, "billing service");
  const api = new Api(hookreel.url, key, applicationId);

  const payload = { id: "inv_1", amount: 1204, note: "Grüße 🪝", nested: { list: [1, 2.5, null] } };
  const message = await api.publish("invoice.paid", payload);
  await expect.poll(() => receiver.at("/billing").length).toBe(1);
  const request = receiver.at("/billing")[0]!;
  expect(request.headers["webhook-id"]).toBe(message);
  expect(new Webhook(secret).verify(request.body, request.headers)).toEqual(payload);
  expect(() => new Webhook(secret).verify(request.body.replace("1204", "9999"), request.headers)).toThrow();

  await goTo(page, "Deliveries");
  await expect(rows(page, "Deliveries")).toHaveCount(1);
  await expect(rows(page, "Deliveries")).toContainText("Succeeded");
  await openFirst(page, "Deliveries", "invoice.paid");
  await expect(heading(page)).toHaveText("invoice.paid");
  await expect(head(page)).toContainText("Succeeded");
  await expect(page.getByText("Published by API")).toBeVisible();
  await expect(fact(page, "Attempts")).toHaveText("1");
  await expect(attempt(page, 1)).toContainText("200");
  await attempt(page, 1).getByText("Attempt 1").click();
  const sent = page.getByRole("table", { name: "Request headers" });
  await expect(sent.getByRole("row", { name: /webhook-id/ })).toContainText(message);
  await expect(attempt(page, 1)).toContainText("thank you");
  await expect(section(page, "Payload")).toContainText("Grüße 🪝");

  await goTo(page, "API keys");
  await expect(rows(page, "API keys")).toContainText("billing service");
  await expect(rows(page, "API keys")).not.toContainText(key);
  await expect(rows(page, "API keys")).not.toContainText("never");
});

test("the official Svix SDK publishes and follows the attempts", async ({ page, hookreel, receiver }) => {
  await signUp(page);
  const { key, applicationId } = await createApiKey(page, "sdk");
  const svix = new Svix(key, { serverUrl: hookreel.url });

  const endpoint = await svix.endpoint.create(applicationId, { url: receiver.url("/sdk"), filterTypes: ["user.created"] });
  const message = await svix.message.create(applicationId, { eventType: "user.created", eventId: "u-1", payload: { name: "Ada" } });
  await expect.poll(async () => (await svix.messageAttempt.listByMsg(applicationId, message.id)).data.length).toBe(1);
  const [only] = (await svix.messageAttempt.listByMsg(applicationId, message.id)).data;
  expect(only).toMatchObject({ endpointId: endpoint.id, responseStatusCode: 200, status: 0 });
  const { key: secret } = await svix.endpoint.getSecret(applicationId, endpoint.id);
  const request = receiver.at("/sdk")[0]!;
  expect(new Webhook(secret).verify(request.body, request.headers)).toEqual({ name: "Ada" });

  await goTo(page, "Endpoints");
  await expect(rows(page, "Endpoints")).toContainText("user.created");
  await expect(rows(page, "Endpoints")).toContainText("100 %");
});

test("a request with the same idempotency key is answered once and the same again", async ({ page, hookreel, receiver }) => {
  await signUp(page);
  const { key, applicationId } = await createApiKey(page, "careful");
  const api = new Api(hookreel.url, key, applicationId);
  await api.endpoint(receiver.url("/once"));
  const publish = (payload: object) =>
    api.ask("POST", `/app/${applicationId}/msg`, { eventType: "order.placed", payload }, { "idempotency-key": "order-7" });

  const first = await publish({ order: 7 });
  const second = await publish({ order: 7 });
  const other = await publish({ order: 8 });
  expect(first.status).toBe(202);
  expect([second.status, second.json]).toEqual([202, first.json]);
  expect(second.headers.get("idempotent-replayed")).toBe("true");
  expect(other.status).toBe(422);

  await goTo(page, "Messages");
  await expect(rows(page, "Messages")).toHaveCount(1);
  await expect(rows(page, "Messages")).toContainText("1 delivered");
  expect(receiver.at("/once")).toHaveLength(1);
});

test("an endpoint that does not want a message is named with the reason", async ({ page, hookreel, receiver }) => {
  await signUp(page);
  await addEndpoint(page, receiver.url("/picky"), "invoice.paid, invoice.failed");
  const { key, applicationId } = await createApiKey(page, "everything");
  await new Api(hookreel.url, key, applicationId).publish("user.created", { name: "Ada" });

  await goTo(page, "Messages");
  await expect(rows(page, "Messages")).toContainText("No endpoint matched");
  await openFirst(page, "Messages", "user.created");
  const elsewhere = section(page, "Not delivered to");
  await expect(elsewhere).toContainText("It wanted only invoice.paid, invoice.failed.");
  expect(receiver.requests).toHaveLength(0);

  await elsewhere.getByRole("button", { name: "Send anyway" }).click();
  await expect(rows(page, "Deliveries of this message")).toContainText("Succeeded");
  await expect.poll(() => receiver.at("/picky").length).toBe(1);
});

test("a paused endpoint holds its deliveries, and a revoked key is refused at once", async ({ page, hookreel, receiver }) => {
  await signUp(page);
  const path = await addEndpoint(page, receiver.url("/held"));
  const { key, applicationId } = await createApiKey(page, "temporary");
  const api = new Api(hookreel.url, key, applicationId);
  await page.goto(path);
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(head(page)).toContainText("Paused");
  await api.publish("invoice.paid", { n: 1 });
  await expect(page.getByText("1 delivery is held.")).toBeVisible();
  expect(receiver.requests).toHaveLength(0);
  await page.getByRole("button", { name: "Resume" }).click();
  await expect.poll(() => receiver.at("/held").length).toBe(1);
  await expect(rows(page, "Deliveries to this endpoint")).toContainText("Succeeded");

  await goTo(page, "API keys");
  await rows(page, "API keys").getByRole("link", { name: "Revoke" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke key" }).click();
  await expect(page.getByText("API key revoked. It stopped working at once.")).toBeVisible();
  await expect(rows(page, "API keys")).toContainText("Revoked");
  expect((await api.ask("GET", "/app")).status).toBe(401);
});

test("a message is found by a word of its payload and by a path", async ({ page, hookreel }) => {
  await signUp(page);
  const { key, applicationId } = await createApiKey(page, "billing service");
  const api = new Api(hookreel.url, key, applicationId);
  const found = await api.publish("invoice.paid", { data: { customer: "cus_Needle77", total: 1999 } });
  await api.publish("invoice.paid", { data: { customer: "cus_Straw", total: 5 } });
  const questions = [
    ["needle77", 1],
    ["$.data.total:1999", 1],
    ['$.data["total"]:1999', 1],
    ["$.data[0].total", 2],
    ["cus", 2],
    ["haystack", 0],
  ] as const;
  for (const [question, count] of questions) {
    await expect(async () => {
      await page.goto(`/messages?q=${encodeURIComponent(question)}`);
      // What can be searched is made later than the list, and no news come of it: the page is asked again.
      await expect(rows(page, "Messages")).toHaveCount(count, { timeout: 2_000 });
    }).toPass();
  }
  await page.goto("/messages");
  await page.getByText("What can be searched for").click();
  await expect(page.getByText("positions are not kept")).toBeVisible();
  await page.getByLabel("Search").fill("needle77");
  await page.getByLabel("Search").press("Enter");
  await expect(rows(page, "Messages")).toHaveCount(1);
  await expect(rows(page, "Messages")).toContainText(found.slice(-6));
  await page.goto("/messages?q=a*");
  await expect(page.getByText("write at least 3 characters before *")).toBeVisible();
});
