import { addEndpoint, addSource, fact, goTo, head, heading, openFirst, openTab, rows, section, signUp, takenOver } from "../fixtures/dashboard.ts";
import { send, slackRequest, stripeEvent } from "../fixtures/senders.ts";
import { expect, test } from "../fixtures/test.ts";

const secret = "whsec_Fq0zVtW3p8nYb1Xc5Lk7Jd2Rh9Ms4Ae6";

test("a genuine webhook that a wrong secret refused is explained, verified again, released and delivered", async ({ page, receiver }) => {
  await signUp(page);
  await addEndpoint(page, receiver.url("/billing"));
  const wrong = "whsec_0000000000000000000000000000wrong";
  const source = await addSource(page, "Stripe", "Stripe", wrong);
  const event = stripeEvent(secret, "evt_1", "invoice.paid");
  expect((await send(source.url, event)).status).toBe(401);

  await openFirst(page, "Recent messages", "Quarantined");
  await expect(page.getByText("Refused and kept:")).toBeVisible();
  await expect(head(page)).toContainText("Failed");
  await expect(page).toHaveURL(/\/messages\/msg_/);
  const message = new URL(page.url()).pathname;
  const verification = section(page, "How it was verified");
  await verification.getByRole("link", { name: "Look again" }).click();
  await expect(verification).toContainText("no signature was made with it");
  await expect(verification).toContainText(event.headers["stripe-signature"]!);
  await expect(verification).not.toContainText(wrong);
  expect(receiver.at("/billing")).toEqual([]);

  await page.goto(source.path);
  await openTab(page, "Settings");
  await page.getByText("Change the signing secret").click();
  await page.getByLabel("Replacement").fill(secret);
  await page.getByRole("button", { name: "Replace at once" }).click();
  await expect(page.getByText("Signing secret saved.")).toBeVisible();

  await page.goto(message);
  await page.getByRole("button", { name: "Verify again" }).click();
  await expect(page.getByText("Genuine after all.")).toBeVisible();
  await expect(heading(page)).toHaveText("invoice.paid");
  await expect(head(page)).toContainText("Verified");
  expect(receiver.at("/billing")).toEqual([]);
  // What was found out later does not hide what happened before.
  const story = section(page, "What happened");
  await expect(story).toContainText("Refused, and kept in quarantine");
  await expect(story.getByRole("listitem").filter({ hasText: "Verified again" })).toContainText(/By member .*Found to be genuine/);
  await page.getByRole("button", { name: "Release" }).click();
  await expect(story).toContainText("Released into delivery");
  await expect(story).toContainText("Refused, and kept in quarantine");
  await expect(head(page)).toContainText("Accepted");
  await expect.poll(() => receiver.at("/billing").map((request) => request.body)).toEqual([event.body]);

  // Released, it counts as the first of its kind.
  expect(JSON.parse((await send(source.url, event)).text)).toMatchObject({ duplicate: true });
});

test("what nobody knows the sender of is released only by somebody who says so", async ({ page, receiver }) => {
  await signUp(page);
  await addEndpoint(page, receiver.url("/billing"));
  const source = await addSource(page, "Stripe", "Stripe", secret);
  const forged = stripeEvent("whsec_somebody_elses", "evt_forged", "invoice.paid");
  expect((await send(source.url, forged)).status).toBe(401);

  await openFirst(page, "Recent messages", "Quarantined");
  await page.getByRole("link", { name: "Release…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Release" }).click();
  await expect(dialog.getByRole("checkbox")).toHaveAccessibleDescription(/nobody knows who sent it/i);
  expect(receiver.at("/billing")).toEqual([]);
  await dialog.getByRole("checkbox").check();
  await dialog.getByRole("button", { name: "Release" }).click();
  await expect.poll(() => receiver.at("/billing").map((request) => request.body)).toEqual([forged.body]);
});

test("a tick for what is not verified is taken back when more of it comes, and the question stays open", async ({ page }) => {
  await signUp(page);
  const source = await addSource(page, "Stripe", "Stripe", secret);
  const forge = (id: string) => send(source.url, stripeEvent("whsec_somebody_elses", id, "invoice.paid"));
  expect((await forge("evt_1")).status).toBe(401);
  await takenOver(page);
  await section(page, "Quarantine").getByRole("link", { name: "Release…" }).click();
  const dialog = page.getByRole("dialog");
  const tick = dialog.getByRole("checkbox", { name: "Release 1 that is not verified too" });
  await tick.check();
  expect((await forge("evt_2")).status).toBe(401);
  await expect(dialog.getByRole("status")).toContainText("now 0 known to be genuine and 2 that are not verified");
  const again = dialog.getByRole("checkbox", { name: "Release 2 that are not verified too" });
  await expect(again).not.toBeChecked();
  await expect(again).toBeFocused();
});

test("what comes while a source is paused is kept, and delivered when it is released", async ({ page, receiver }) => {
  await signUp(page);
  await addEndpoint(page, receiver.url("/billing"));
  const source = await addSource(page, "Stripe", "Stripe", secret);
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(head(page)).toContainText("Paused");
  const event = stripeEvent(secret, "evt_1", "invoice.paid");
  await send(source.url, event);

  const quarantine = section(page, "Quarantine");
  await expect(quarantine).toContainText("1 message is in quarantine: 1 known to be genuine");
  await page.getByRole("button", { name: "Resume" }).click();
  await expect(page.getByRole("button", { name: "Pause" })).toBeVisible();
  expect(receiver.at("/billing")).toEqual([]);
  await quarantine.getByRole("link", { name: "Release…" }).click();
  await expect(page.getByRole("dialog")).toContainText("1 message that is known to be genuine");
  await page.getByRole("dialog").getByRole("button", { name: "Release" }).click();
  await expect.poll(() => receiver.at("/billing").map((request) => request.body)).toEqual([event.body]);
  await expect(quarantine).toBeHidden();
});

test("what the list shows of a source's quarantine is verified again and released as a whole", async ({ page, receiver }) => {
  await signUp(page);
  await addEndpoint(page, receiver.url("/billing"));
  const source = await addSource(page, "Stripe", "Stripe", "whsec_0000000000000000000000000000wrong");
  const events = ["evt_1", "evt_2"].map((id) => stripeEvent(secret, id, "invoice.paid"));
  for (const event of events) expect((await send(source.url, event)).status).toBe(401);
  await openTab(page, "Settings");
  await page.getByText("Change the signing secret").click();
  await page.getByLabel("Replacement").fill(secret);
  await page.getByRole("button", { name: "Replace at once" }).click();
  await expect(page.getByText("Signing secret saved.")).toBeVisible();

  const id = source.path.split("/").at(-1)!;
  await page.goto(`/messages?source=${id}&state=quarantined&until=2020-01-01T00:00`);
  await expect(page.getByText("No message matches these filters")).toBeVisible();
  await expect(page.getByRole("button", { name: "Verify these again" })).toBeHidden();
  await page.goto(`/messages?source=${id}&state=quarantined&since=2020-01-01T00:00`);
  await expect(page.getByText("2 messages are in quarantine of this source in the range on screen")).toBeVisible();
  await page.getByRole("button", { name: "Verify these again" }).click();
  await expect(page.getByText("2 known to be genuine")).toBeVisible();
  await page.getByRole("link", { name: "Release these…" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("2 messages that are known to be genuine");
  await dialog.getByRole("button", { name: "Release" }).click();
  await expect.poll(() => receiver.at("/billing").map((request) => request.body).sort()).toEqual(events.map((event) => event.body).sort());
  await expect(page.getByText("No message matches these filters")).toBeVisible();
});

test("Slack is answered when it asks whether it may send, and nothing of it is stored", async ({ page }) => {
  await signUp(page);
  const signingSecret = "8f742231b10e8888abcd99e77fd785a5";
  const source = await addSource(page, "Slack", "Workspace", signingSecret);
  const challenge = "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P";
  const answer = await send(source.url, slackRequest(signingSecret, { type: "url_verification", token: "Jhj5dZrVaK7ZwHHjRyZWjbDl", challenge }));
  expect(answer.status).toBe(200);
  expect(answer.text).toContain(challenge);

  await page.reload();
  await expect(rows(page, "Handshakes")).toContainText("slack url verification");
  await expect(page.getByText("Waiting for your first webhook")).toBeVisible();
  await goTo(page, "Messages");
  await expect(page.getByText("No messages yet")).toBeVisible();
});

test("the providers are narrowed down while one types, and without JavaScript by a form", async ({ page, browser, baseURL }) => {
  await signUp(page);
  await page.goto("/sources/new");
  const names = ["Stripe", "Shopify", "WooCommerce"] as const;
  for (const name of names) await expect(page.getByRole("link", { name, exact: true })).toBeVisible();
  await page.getByLabel("Search providers").pressSequentially("shop");
  await expect(page.getByRole("link", { name: "Stripe", exact: true })).toBeHidden();
  await expect(page.getByRole("link", { name: "Shopify", exact: true })).toBeVisible();
  await page.getByLabel("Search providers").fill("nobody in particular");
  await expect(page.getByText("No provider of that name.")).toBeVisible();
  await expect(page.getByRole("link", { name: "Custom", exact: true })).toBeVisible();

  const storageState = await page.context().storageState();
  const context = await browser.newContext({ javaScriptEnabled: false, storageState, ...(baseURL && { baseURL }) });
  const plain = await context.newPage();
  await plain.goto("/sources/new");
  await plain.getByLabel("Search providers").fill("stripe");
  await plain.getByLabel("Search providers").press("Enter");
  await expect(plain).toHaveURL(/\/sources\/new\?q=stripe$/);
  await expect(plain.getByRole("link", { name: "Shopify", exact: true })).toBeHidden();
  await plain.getByRole("link", { name: "Stripe", exact: true }).click();
  await expect(heading(plain)).toHaveText("Receive from Stripe");
  await plain.getByRole("button", { name: "Add source" }).click();
  await expect(heading(plain)).toHaveText("Stripe");
  await context.close();
});

test("the page that waits for the first webhook turns green by itself when a sample is sent", async ({ page }) => {
  await signUp(page);
  const source = await addSource(page, "Stripe", "Stripe", secret);
  await expect(page.getByText("Waiting for your first webhook")).toBeVisible();
  const elsewhere = await page.context().newPage();
  await elsewhere.goto(source.path);
  await elsewhere.getByRole("button", { name: "Send a signed sample" }).click();
  await expect(heading(elsewhere)).toHaveText("hookreel.sample");
  await expect(head(elsewhere)).toContainText("Verified");

  await expect(page.getByText("Your first webhook is here")).toBeVisible();
  await expect(rows(page, "Recent messages")).toContainText("hookreel.sample");
  await expect(fact(page, "Accepted, 24 h")).toHaveText("1");
  await expect(rows(page, "Who sent it").first()).toContainText(/Verified.*100\.0 % \(1\).*100\.0 % \(1\)/);
});

test("the page that waits for the first webhook says why one was refused, and waits on", async ({ page }) => {
  await signUp(page);
  const source = await addSource(page, "Stripe", "Stripe", secret);
  await expect(page.getByText("Waiting for your first webhook")).toBeVisible();
  expect((await send(source.url, stripeEvent("whsec_somebody_elses", "evt_forged", "invoice.paid"))).status).toBe(401);
  const panel = page.getByRole("status").filter({ hasText: "Nothing was accepted yet" });
  await expect(panel).toContainText(/The last request was not let in: no signature matches/);
  await page.reload();
  await expect(panel).toBeVisible();

  expect((await send(source.url, stripeEvent(secret, "evt_1", "invoice.paid"))).status).toBe(200);
  await expect(page.getByText("Your first webhook is here")).toBeVisible();
  await expect(panel).toBeHidden();
});

test("the rules of a source can be changed, and what is wrong is said beside the field", async ({ page }) => {
  await signUp(page);
  const source = await addSource(page, "Stripe", "Stripe", secret);
  await openTab(page, "Settings");
  await page.getByLabel("Allowed networks").fill("here");
  await page.getByRole("button", { name: "Save settings" }).click();
  await expect(page.getByLabel("Allowed networks")).toHaveAccessibleDescription(/is not a network like/);
  await page.getByLabel("Allowed networks").fill("192.0.2.0/24");
  await page.getByRole("button", { name: "Save settings" }).click();
  await expect(page.getByText("Source saved.")).toBeVisible();
  await expect(async () => {
    expect((await send(source.url, stripeEvent(secret, "evt_1", "invoice.paid"))).status).toBe(403);
  }).toPass();
  await openTab(page, "Traffic");
  await expect(rows(page, "Recent messages").first()).toContainText("is not among those that may send to this source");
});

test("the published networks of a provider are inserted by one click, also without JavaScript", async ({ page, browser, baseURL }) => {
  await signUp(page);
  const source = await addSource(page, "Stripe", "Stripe", secret);
  await openTab(page, "Settings");
  const field = page.getByLabel("Allowed networks");
  // Before the page has been taken over, the click loads it again, and what was typed and not saved is gone.
  await takenOver(page);
  await field.fill("10.0.0.0/8");
  await page.getByRole("link", { name: "Insert Stripe" }).click();
  await expect(page.getByText("The networks of Stripe stand in the field.")).toBeVisible();
  await expect(field).toHaveValue(/^10\.0\.0\.0\/8\n3\.18\.12\.63\n/);
  await page.getByRole("button", { name: "Save settings" }).click();
  await expect(page.getByText("Source saved.")).toBeVisible();

  const storageState = await page.context().storageState();
  const context = await browser.newContext({ javaScriptEnabled: false, storageState, ...(baseURL && { baseURL }) });
  const plain = await context.newPage();
  await plain.goto(`${source.path}?tab=settings`);
  await plain.getByRole("link", { name: "Insert GitHub" }).click();
  await expect(plain.getByLabel("Allowed networks")).toHaveValue(/^10\.0\.0\.0\/8\n[^]*54\.187\.216\.72[^]*\n192\.30\.252\.0\/22/);
  await context.close();
});

test("anybody can read how a provider is received", async ({ page }) => {
  await page.goto("/docs/sources");
  await expect(heading(page)).toHaveText("Providers");
  await page.getByRole("link", { name: "Slack", exact: true }).click();
  await expect(heading(page)).toHaveText("Slack");
  await expect(section(page, "How it signs")).toContainText("slack url verification");
  await expect(section(page, "How it signs")).toContainText("HMAC-SHA256 of v0:{timestamp}:{body} in X-Slack-Signature");
  await expect(section(page, "By the API")).toContainText('"provider": "slack"');
  expect((await page.goto("/docs/sources/nobody"))?.status()).toBe(404);
});
