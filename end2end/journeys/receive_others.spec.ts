import { createHmac } from "node:crypto";
import { addSource, chooseProvider, fact, goTo, head, heading, openFirst, openTab, rows, secretField, section, signUp } from "../fixtures/dashboard.ts";
import { githubDelivery, send, standardMessage } from "../fixtures/senders.ts";
import { expect, test } from "../fixtures/test.ts";

const push = { ref: "refs/heads/main", repository: { full_name: "ada/engine" }, commits: [{ message: "Grüße 🪝" }] };

test("a delivery signed by GitHub's own package is verified, and a repeated one is kept once", async ({ page }) => {
  await signUp(page);
  const secret = "a long random text that only two know";
  const source = await addSource(page, "GitHub", "Repositories", secret);

  const delivery = await githubDelivery(secret, "72d3162e-cc78-11e3-81ab-4c9367dc0958", "push", push);
  const first = await send(source.url, delivery);
  expect(first.status).toBe(200);
  const again = await send(source.url, delivery);
  expect(JSON.parse(again.text)).toMatchObject({ id: JSON.parse(first.text).id, duplicate: true });
  const ping = await send(source.url, await githubDelivery(secret, "0b989ba4-242f-11e5-81e1-c7b6966d2516", "ping", { zen: "Design for failure." }));
  expect(ping.status).toBe(200);
  const forged = await send(source.url, await githubDelivery("guessed", "f00", "push", push));
  expect(forged.status).toBe(401);

  // GitHub's ping only asks whether somebody is there: it is answered, and no message.
  await expect(rows(page, "Recent messages")).toHaveCount(2);
  await expect(rows(page, "Recent messages").filter({ hasText: "Quarantined" })).toHaveCount(1);
  await openFirst(page, "Recent messages", "push");
  await expect(heading(page)).toHaveText("push");
  await expect(head(page)).toContainText("Accepted");
  await expect(fact(page, "Provider's id")).toHaveText("72d3162e-cc78-11e3-81ab-4c9367dc0958");
  await expect(section(page, "Payload")).toContainText("Grüße 🪝");
});

test("every event of a body that is a long list of them can be seen", async ({ page }) => {
  await signUp(page);
  const secret = "a secret that only two know";
  const source = await addSource(page, "GoCardless", "Direct debits", secret);
  const events = Array.from({ length: 25 }, (_, n) => ({ id: `EV${n}`, resource_type: "payments", action: "confirmed" }));
  const body = JSON.stringify({ events });
  const signature = createHmac("sha256", secret).update(body).digest("hex");
  expect((await send(source.url, { headers: { "webhook-signature": signature }, body })).status).toBe(200);

  await openFirst(page, "Recent messages", "Accepted");
  const story = section(page, "What happened");
  await expect(story).toContainText("25 events in the body");
  await expect(story.getByText("EV24")).toBeHidden();
  await story.getByText("And 5 more").click();
  await expect(story.getByText("EV24")).toBeVisible();
});

test("a secret that comes later, and one that is rotated, verify from then on", async ({ page }) => {
  await signUp(page);
  const source = await addSource(page, "GitHub", "Repositories", "");
  await expect(page.getByText("No secret yet.")).toBeVisible();
  expect((await send(source.url, await githubDelivery("the first", "1", "push", push))).status).toBe(401);

  await secretField(page).fill("the first");
  // What comes in meanwhile takes nothing back that is typed.
  const meanwhile = await githubDelivery("the first", "1a", "push", { ...push, ref: "refs/heads/meanwhile" });
  expect((await send(source.url, meanwhile)).status).toBe(401);
  await expect(fact(page, "Quarantined, 24 h")).toHaveText("2");
  await expect(secretField(page)).toHaveValue("the first");
  await page.getByRole("button", { name: "Save secret" }).click();
  await expect(page.getByText("Signing secret saved.")).toBeVisible();
  await expect(async () => {
    expect((await send(source.url, await githubDelivery("the first", "2", "push", push))).status).toBe(200);
  }).toPass();

  await openTab(page, "Settings");
  await page.getByText("Change the secret").click();
  await page.getByLabel("New secret").fill("the second");
  await page.getByLabel("The old one stays valid for").selectOption("7 days");
  await page.getByRole("button", { name: "Rotate secret" }).click();
  await expect(fact(page, "Valid secrets")).toHaveText("2");
  await expect(async () => {
    expect((await send(source.url, await githubDelivery("the second", "3", "push", push))).status).toBe(200);
  }).toPass();
  expect((await send(source.url, await githubDelivery("the first", "4", "push", push))).status).toBe(200);

  await page.goto(source.path);
  await expect(page.getByText("The old secret is still valid")).toBeVisible();
  await page.getByRole("link", { name: "End the old one now…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "End the old secret" }).click();
  await expect(page.getByText("The old secret has stopped working.")).toBeVisible();
  await expect(fact(page, "Valid secrets")).toHaveText("1");
  await expect(page.getByText("The old secret is still valid")).toBeHidden();
  expect((await send(source.url, await githubDelivery("the first", "5", "push", push))).status).toBe(401);
  expect((await send(source.url, await githubDelivery("the second", "6", "push", push))).status).toBe(200);
});

test("messages by the Standard Webhooks package and by a plain HMAC are verified", async ({ page }) => {
  await signUp(page);
  const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const standard = await addSource(page, "Standard Webhooks", "Partners", secret);
  expect((await send(standard.url, standardMessage(secret, "msg_1", "contact.created"))).status).toBe(200);
  expect((await send(standard.url, standardMessage("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "msg_2", "x"))).status).toBe(401);
  await expect(rows(page, "Recent messages").filter({ hasText: "contact.created" })).toContainText("Accepted");

  await goTo(page, "Sources");
  await page.getByRole("link", { name: "Add source" }).click();
  await chooseProvider(page, "Generic HMAC-SHA256");
  await page.getByLabel("Name", { exact: true }).fill("Warehouse");
  await secretField(page).fill("shared between two");
  await page.getByLabel("Signature header").fill("X-Warehouse-Signature");
  await page.getByLabel("Prefix").fill("sha256=");
  await page.getByLabel("Event type header").fill("X-Warehouse-Event");
  await page.getByRole("button", { name: "Add source" }).click();
  await expect(heading(page)).toHaveText("Warehouse");
  const url = await page.getByRole("code").filter({ hasText: "/in/" }).first().innerText();
  const body = '{"parcel":7}';
  const signature = createHmac("sha256", "shared between two").update(body).digest("hex");
  const headers = { "x-warehouse-signature": `sha256=${signature}`, "x-warehouse-event": "parcel.sent" };
  expect((await send(url, { headers, body })).status).toBe(200);
  expect((await send(url, { headers, body: '{"parcel":8}' })).status).toBe(401);
  await expect(rows(page, "Recent messages").filter({ hasText: "parcel.sent" })).toContainText("Accepted");
});

test("whoever signs in a way of their own is described in the form by the fields that the guide explains", async ({ page }) => {
  await signUp(page);
  await page.goto("/docs/sources/custom");
  const explained = (name: string) => rows(page, "Secret and fields").filter({ has: page.getByText(`fields.${name}`, { exact: true }) });
  await expect(explained("header")).toContainText("The header that carries the signature.");
  await expect(explained("timestamp_pointer")).toContainText("Time: JSON pointer");
  await expect(explained("format")).toContainText("fields (Pairs: t=…,v1=…)");

  await page.goto("/sources/new?provider=custom");
  await expect(page.getByLabel("Signature header")).toHaveAttribute("required", "");
  await expect(page.getByLabel("Time: JSON pointer")).toHaveAttribute("placeholder", "/created_at");
  const format = page.getByLabel("Format of the header");
  await expect(format).toHaveValue("prefixed");
  await expect(format.getByRole("option")).toHaveText([
    "One signature after the prefix",
    "Pairs: t=…,v1=…",
    "Entries with a tag: v1,… v1,…",
    "Several headers, numbered from 1",
  ]);
  await expect(page.locator("form.source-form select, form.source-form input[name^='fields']")).toHaveCount(18);
});

test("whoever signs the URL is asked for the one that the provider was given, which stands in the settings then", async ({ page }) => {
  await signUp(page);
  await page.goto("/sources/new?provider=square");
  const given = page.getByLabel("URL that the provider was given");
  await given.fill("https://hooks.example.org/square?shop=7");
  await page.getByRole("button", { name: "Add source" }).click();
  await expect(given).toHaveAccessibleDescription(/Must be a URL like/);
  await given.fill("https://hooks.example.org/square");
  await page.getByRole("button", { name: "Add source" }).click();
  await expect(page).toHaveURL(/\/sources\/src_/);
  await openTab(page, "Settings");
  await expect(given).toHaveValue("https://hooks.example.org/square");
  await page.goto("/docs/sources/square");
  await expect(rows(page, "Secret and fields").filter({ hasText: "fields.public_url" })).toContainText("it counts to the letter");
});
