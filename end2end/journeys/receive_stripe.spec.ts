import { addSource, chooseProvider, copyable, fact, goTo, head, heading, openFirst, rows, section, signUp } from "../fixtures/dashboard.ts";
import { send, stripeEvent } from "../fixtures/senders.ts";
import { expect, test } from "../fixtures/test.ts";

const secret = "whsec_Fq0zVtW3p8nYb1Xc5Lk7Jd2Rh9Ms4Ae6";

test("an event signed by Stripe's own package is verified before one's eyes", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await signUp(page);
  await expect(page.getByText("Nothing is set up yet")).toBeVisible();
  await page.getByRole("link", { name: "Add a source" }).click();
  await chooseProvider(page, "Stripe");
  await page.getByLabel("Name", { exact: true }).fill("Stripe, live mode");
  await page.getByLabel("Signing secret").fill(secret);
  await page.getByRole("button", { name: "Add source" }).click();
  await expect(heading(page)).toHaveText("Stripe, live mode");
  await expect(page.getByText("Source created. Give its URL to the provider.")).toBeVisible();
  await expect(page.getByText("Waiting for your first webhook")).toBeVisible();

  const url = await copyable(page, "Stripe sends to");
  expect(url).toMatch(/^http:\/\/localhost:\d+\/in\/[\w-]{20,}$/);
  // The button is there as soon as the page has been taken over.
  await page.getByRole("button", { name: "Copy Stripe sends to" }).click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(url);

  const event = stripeEvent(secret, "evt_1", "invoice.paid");
  const answer = await send(url, event);
  expect(answer.status).toBe(200);
  expect(JSON.parse(answer.text)).toMatchObject({ duplicate: false });

  // Nobody reloads: the row comes in by itself.
  const recent = rows(page, "Recent messages");
  await expect(recent).toHaveCount(1);
  await expect(recent).toContainText("invoice.paid");
  await expect(recent).toContainText("Accepted");
  await expect(recent).toContainText("Verified");
  await expect(page.getByText("Your first webhook is here")).toBeVisible();
  await expect(fact(page, "Accepted, 24 h")).toHaveText("1");

  await openFirst(page, "Recent messages", "invoice.paid");
  await expect(heading(page)).toHaveText("invoice.paid");
  await expect(head(page)).toContainText("Accepted");
  await expect(fact(page, "Provider's id")).toHaveText("evt_1");
  await expect(section(page, "Payload")).toContainText("amount_paid");
  const signature = page.getByRole("table", { name: "Request headers" }).getByRole("row", { name: /stripe-signature/i });
  await expect(signature).toContainText(event.headers["stripe-signature"]!);
});

test("what cannot be verified is refused with a reason, kept apart and listed", async ({ page }) => {
  await signUp(page);
  const source = await addSource(page, "Stripe", "Stripe", secret);

  const forged = await send(source.url, stripeEvent("whsec_somebody_elses", "evt_forged", "invoice.paid"));
  expect(forged.status).toBe(401);
  expect(forged.text.trim()).toMatch(/^no signature matches/);
  expect(forged.text).not.toContain("whsec_");

  const hourAgo = Math.floor(Date.now() / 1000) - 3600;
  const late = await send(source.url, stripeEvent(secret, "evt_late", "invoice.paid", hourAgo));
  expect(late.status).toBe(401);
  expect(late.text).toMatch(/signed 36\d\d s ago/);

  const unsigned = await send(source.url, { headers: {}, body: "{}" });
  expect(unsigned.status).toBe(401);
  expect(unsigned.text).toMatch(/Stripe-Signature is missing/i);

  const changed = stripeEvent(secret, "evt_changed", "invoice.paid");
  const tampered = await send(source.url, { ...changed, body: changed.body.replace("1204", "9999") });
  expect(tampered.status).toBe(401);

  await expect(rows(page, "Recent messages")).toHaveCount(4);
  await goTo(page, "Messages");
  await page.getByLabel("State").selectOption("Quarantined");
  await expect(page).toHaveURL(/state=quarantined/);
  await expect(rows(page, "Messages")).toHaveCount(4);
  for (const reason of [/no signature matches/, /signed 36\d\d s ago/, /is missing/]) {
    await expect(rows(page, "Messages").filter({ hasText: reason })).not.toHaveCount(0);
  }
  await page.getByLabel("State").selectOption("Accepted");
  await expect(page.getByText("No message matches these filters")).toBeVisible();

  await page.getByRole("link", { name: "Clear the filters" }).click();
  await openFirst(page, "Messages", "is missing");
  await expect(page.getByText("Refused and kept:")).toBeVisible();
  await expect(page.getByText("The sender was told so, and nothing was delivered.")).toBeVisible();

  await goTo(page, "Overview");
  await expect(page.getByText(/quarantined/i).first()).toBeVisible();
});

test("an event that Stripe sends twice is one message, delivered once", async ({ page, receiver }) => {
  await signUp(page);
  const source = await addSource(page, "Stripe", "Stripe", secret);
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Endpoints" }).click();
  await page.getByRole("link", { name: "Add your first endpoint" }).click();
  await page.getByLabel("URL").fill(receiver.url("/billing"));
  await page.getByRole("button", { name: "Create endpoint" }).click();
  await expect(page.getByText("Nothing sent yet")).toBeVisible();

  const first = await send(source.url, stripeEvent(secret, "evt_twice", "charge.succeeded"));
  expect(first.status).toBe(200);
  const { id } = JSON.parse(first.text);
  for (let again = 0; again < 3; again += 1) {
    const answer = await send(source.url, stripeEvent(secret, "evt_twice", "charge.succeeded"));
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toEqual({ id, duplicate: true });
  }
  // What comes after the duplicates proves that none of them is still on its way.
  await send(source.url, stripeEvent(secret, "evt_after", "charge.refunded"));
  await expect.poll(() => receiver.at("/billing").map((request) => JSON.parse(request.body).id).sort()).toEqual(["evt_after", "evt_twice"]);

  await goTo(page, "Messages");
  await expect(rows(page, "Messages")).toHaveCount(2);
  await expect(rows(page, "Messages").filter({ hasText: "charge.succeeded" })).toHaveCount(1);
  await expect(rows(page, "Messages").filter({ hasText: "1 delivered" })).toHaveCount(2);
});

test("a URL that nobody was given says nothing", async ({ hookreel }) => {
  const answers = [];
  for (const token of ["unknown", "a".repeat(32), "%00"]) {
    answers.push(await send(`${hookreel.url}/in/${token}`, stripeEvent(secret, "evt_1", "invoice.paid")));
  }
  expect(answers[0]!.status).toBe(404);
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
});
