import type { Page } from "@playwright/test";
import { Api } from "../fixtures/api.ts";
import { addEndpoint, addSource, createApiKey, goTo, heading, openFirst, rows, section, signUp } from "../fixtures/dashboard.ts";
import type { Hookreel } from "../fixtures/hookreel.ts";
import { send, stripeEvent } from "../fixtures/senders.ts";
import type { StripeDouble } from "../fixtures/stripe.ts";
import { expect, test } from "../fixtures/test.ts";

test.use({ sellsPlans: true });

test.afterEach(({ stripe }) => {
  expect(stripe.unexpected, "what Stripe was asked that nobody expected").toEqual([]);
});

/** Where Stripe's webhooks about plans come in: the log says it at the start. */
function webhookUrl(hookreel: Hookreel): string {
  return hookreel.line("Stripe's webhooks about plans come in here").url as string;
}

/** The plan of this name, among those on the page. */
function plan(page: Page, title: string) {
  return section(page, "Plans").getByRole("listitem").filter({ has: page.getByRole("heading", { level: 3, name: title }) });
}

/** From the plans to the checkout at Stripe, and back after it was paid. */
async function subscribe(page: Page, title: string): Promise<void> {
  await goTo(page, "Plan and usage");
  await page.getByRole("button", { name: `Upgrade to ${title}` }).click();
  await expect(heading(page)).toHaveText(/^Subscribe to price_/);
  await page.getByRole("button", { name: "Pay" }).click();
  await expect(heading(page)).toHaveText("Plan and usage");
}

/** The same, until the plan is there. */
async function upgrade(page: Page, hookreel: Hookreel, stripe: StripeDouble): Promise<void> {
  await subscribe(page, "Team");
  expect((await stripe.tell(webhookUrl(hookreel), "evt_upgrade", "checkout.session.completed")).status).toBe(200);
  await expect(page.getByText("You are on Team now.")).toBeVisible();
}

test("an upgrade is paid at Stripe, and the plan changes once when the signed webhooks arrive, twice and out of order", async ({ page, hookreel, stripe, mailbox }) => {
  const person = await signUp(page);
  await goTo(page, "Plan and usage");
  await expect(plan(page, "Free")).toContainText("Your plan");
  await expect(plan(page, "Team")).toContainText("1,000,000 messages a month");
  await page.getByRole("button", { name: "Upgrade to Team" }).click();
  await expect(heading(page)).toHaveText("Subscribe to price_team");
  await page.getByRole("link", { name: "Turn back" }).click();
  await expect(page.getByText("Nothing was changed.")).toBeVisible();

  await subscribe(page, "Team");
  await expect(page.getByText("Waiting for Stripe's confirmation.")).toBeVisible();
  await expect(plan(page, "Free")).toContainText("Your plan");

  // The later one first, and each of them twice.
  const url = webhookUrl(hookreel);
  for (const [id, type] of [["evt_2", "customer.subscription.updated"], ["evt_1", "checkout.session.completed"], ["evt_2", "customer.subscription.updated"], ["evt_1", "checkout.session.completed"]] as const) {
    expect((await stripe.tell(url, id, type)).status).toBe(200);
  }
  // Nobody reloads.
  await expect(page.getByText("You are on Team now.")).toBeVisible();
  await expect(plan(page, "Team")).toContainText("Your plan");
  await expect(page.getByText(/^Paid until \d+ \w+ \d{4}, and renewed then\.$/)).toBeVisible();
  await expect(page.getByRole("button", { name: /^Upgrade/ })).toHaveCount(0);

  const mail = await mailbox.waitFor(person.email, "Your plan is now Team");
  expect(mail.text).toContain("changed from Free to Team");
  expect(mail.text).toContain(`${hookreel.url}/usage`);
  // A webhook that comes much later says nothing new either.
  await stripe.tell(url, "evt_3", "invoice.payment_succeeded");
  await page.goto("/event-log?about=billing&kind=plan.changed");
  await expect(page.getByLabel("About")).toHaveValue("billing");
  await expect(rows(page, "Events")).toHaveCount(1);
  await expect(rows(page, "Events")).toContainText("system (stripe)");
  expect(mailbox.count(person.email, "Your plan is now")).toBe(1);
});

test("a webhook that Stripe has not signed changes nothing", async ({ page, hookreel }) => {
  await signUp(page);
  await subscribe(page, "Team");
  const forged = stripeEvent("whsec_of_somebody_else", "evt_1", "checkout.session.completed");
  expect((await send(webhookUrl(hookreel), forged)).status).toBe(401);
  await page.reload();
  await expect(page.getByText("Waiting for Stripe's confirmation.")).toBeVisible();
  // And without any webhook one can have Stripe asked.
  await page.getByRole("button", { name: "Ask Stripe now" }).click();
  await expect(page.getByText("You are on Team now.")).toBeVisible();
});

test("a payment that fails is said and mailed, and the plan goes only with the subscription", async ({ page, hookreel, stripe, mailbox }) => {
  const person = await signUp(page);
  await upgrade(page, hookreel, stripe);
  await goTo(page, "Plan and usage");
  stripe.stands("past_due", "price_team", { id: "in_2", status: "open" });
  await stripe.tell(webhookUrl(hookreel), "evt_failed", "invoice.payment_failed");
  await expect(page.getByText("The payment of 49.00 EUR did not go through.")).toBeVisible();
  await expect(plan(page, "Team")).toContainText("Your plan");
  expect((await mailbox.waitFor(person.email, "Your payment did not go through")).text).toContain("49.00 EUR");
  await page.getByRole("button", { name: "Pay at Stripe" }).click();
  await expect(heading(page)).toHaveText("Your subscription");

  await page.goto("/usage");
  stripe.stands("active", "price_team", { id: "in_2", status: "paid" }, true);
  await stripe.tell(webhookUrl(hookreel), "evt_paid", "invoice.payment_succeeded");
  await expect(page.getByText("did not go through")).toHaveCount(0);
  await expect(page.getByText(/^Your subscription ends on/)).toBeVisible();

  await page.getByRole("button", { name: "Manage at Stripe" }).click();
  await expect(heading(page)).toHaveText("Your subscription");
  await page.goto("/usage");
  stripe.stands("canceled", "price_team", { id: "in_2", status: "paid" });
  await stripe.tell(webhookUrl(hookreel), "evt_over", "customer.subscription.deleted");
  await expect(plan(page, "Free")).toContainText("Your plan");
  await mailbox.waitFor(person.email, "Your plan is now Free");
  await expect(page.getByRole("button", { name: "Upgrade to Team" })).toBeVisible();
});

test("what the plan does not include is refused with what to do, and what comes in is kept until there is room", async ({ page, hookreel, stripe, mailbox, receiver }) => {
  const person = await signUp(page);
  await addEndpoint(page, receiver.url("/shop"));
  const source = await addSource(page, "Stripe", "Payments", "whsec_of_the_tenant");
  const { key, applicationId } = await createApiKey(page, "shop");
  const api = new Api(hookreel.url, key, applicationId);
  for (const order of [1, 2, 3, 4]) await api.publish("order.placed", { order });
  await mailbox.waitFor(person.email, "80% of your plan's messages are used");
  await api.publish("order.placed", { order: 5 });
  await mailbox.waitFor(person.email, "All of your plan's messages are used");

  const beyond = () => api.ask("POST", `/app/${applicationId}/msg`, { eventType: "order.placed", payload: {} });
  await expect.poll(async () => (await beyond()).status).toBe(402);
  const refused = (await beyond()).json;
  expect(refused.code).toBe("quota_exceeded");
  expect(refused.detail).toContain(`upgrade at ${hookreel.url}/usage`);

  const held = await send(source.url, stripeEvent("whsec_of_the_tenant", "evt_held", "invoice.paid"));
  expect(held.status).toBe(202);
  await page.goto("/usage");
  await expect(page.getByText("All 5 messages of your plan are used.")).toBeVisible();
  await expect(page.getByText("1 message was kept undelivered in this month")).toBeVisible();
  await page.getByRole("link", { name: "See what is in quarantine" }).click();
  await openFirst(page, "Messages", "invoice.paid");
  await expect(page.getByText("It is known to be genuine")).toBeVisible();
  await page.getByRole("button", { name: "Release" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "includes 5 messages a month" })).toBeVisible();

  await addOneEndpointTooMany(page, receiver.url("/second"), receiver.url("/third"));
  await upgrade(page, hookreel, stripe);
  await page.goto("/messages?state=quarantined");
  await openFirst(page, "Messages", "invoice.paid");
  await page.getByRole("button", { name: "Release" }).click();
  await expect.poll(() => receiver.requests.some((request) => request.body.includes("evt_held"))).toBe(true);
  await expect.poll(async () => (await beyond()).status).toBe(202);
});

async function addOneEndpointTooMany(page: Page, second: string, third: string): Promise<void> {
  await addEndpoint(page, second);
  await page.goto("/usage");
  await expect(page.getByText("Your plan includes 2 endpoints; 2 are in use.")).toBeVisible();
  await page.goto("/endpoints/new");
  await page.getByLabel("URL").fill(third);
  await page.getByRole("button", { name: "Create endpoint" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "The plan Free includes 2 endpoints" })).toBeVisible();
  await expect(page.getByLabel("URL")).toHaveValue(third);
}

test.describe("where nothing is sold", () => {
  test.use({ sellsPlans: false });

  test("usage is shown, and nothing of plans", async ({ page, hookreel, receiver }) => {
    await signUp(page);
    await addEndpoint(page, receiver.url("/shop"));
    const { key, applicationId } = await createApiKey(page, "shop");
    const api = new Api(hookreel.url, key, applicationId);
    await goTo(page, "Usage");
    await expect(page.getByText("No messages in this month")).toBeVisible();
    for (const order of [1, 2, 3]) await api.publish("order.placed", { order });
    // Live.
    const days = page.getByRole("table", { name: "Messages by day; days without any are left out" });
    await expect(days.getByRole("row").last()).toContainText("3");
    await expect(page.getByRole("heading", { name: "Plans" })).toHaveCount(0);
    await expect(page.getByText(/plan|upgrade|stripe/i)).toHaveCount(0);

    // Nor among what can happen, for people and for programs.
    await page.goto("/event-log");
    await expect(page.getByLabel("About").locator('option[value="handshakes"]')).toHaveCount(1);
    await expect(page.getByLabel("About").locator('option[value="billing"]')).toHaveCount(0);
    await page.goto("/event-log/kinds");
    await expect(rows(page, "Kinds of events").filter({ hasText: "endpoint.paused" })).toHaveCount(1);
    await expect(page.getByText(/billing|plan|quota|stripe/i)).toHaveCount(0);
    const schemas = JSON.stringify((await api.ask("GET", "/event-schema?limit=250")).json);
    expect(schemas).toContain("endpoint.paused");
    expect(schemas).not.toMatch(/billing\.|plan\.changed|quota\.reached/);
    expect((await api.ask("GET", "/event-schema/plan.changed")).status).toBe(404);

    // And nobody is led there.
    await page.getByRole("button", { name: "Go to…" }).click();
    const palette = page.getByRole("dialog", { name: "Go to" });
    await palette.getByRole("combobox").fill("plan");
    await expect(palette.getByText("No page of that name.")).toBeVisible();
  });
});
