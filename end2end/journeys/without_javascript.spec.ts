import { addEndpoint, addSource, createApiKey, fillSignIn, giveToken, goTo, head, heading, invite, newPerson, openTab, revealSecret, rows, section, signUp } from "../fixtures/dashboard.ts";
import { GITHUB_TOKEN } from "../fixtures/github.ts";
import { linkIn } from "../fixtures/mailbox.ts";
import { send, stripeEvent } from "../fixtures/senders.ts";
import { expect, test } from "../fixtures/test.ts";

test("one can sign up, and is told beside the field what is wrong", async ({ page }) => {
  const person = newPerson();
  await page.goto("/sign-up");
  await page.getByLabel("Company or project").fill(person.tenant);
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByLabel("Password").fill("short");
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page).toHaveURL(/\/sign-up$/);
  await expect(page.getByLabel("Password")).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByLabel("Password")).toHaveAccessibleDescription(/must have at least 10 characters/i);
  await expect(page.getByLabel("Password")).toHaveValue("");
  await expect(page.getByLabel("Company or project")).toHaveValue(person.tenant);
  await expect(page.getByLabel("E-mail")).toHaveValue(person.email);

  await page.getByLabel("Password").fill(person.password);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(heading(page)).toHaveText("Overview");

  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByText("You are signed out.")).toBeVisible();
  await fillSignIn(page, person.email, "not the password");
  await expect(page.getByRole("alert")).toHaveText("The e-mail address or the password is wrong.");
  await fillSignIn(page, person.email, person.password);
  await expect(heading(page)).toHaveText("Overview");
});

test("one can add an endpoint, try it and see its delivery", async ({ page, receiver }) => {
  await signUp(page);
  await page.goto("/endpoints/new");
  await page.getByLabel("URL").fill("ftp://example.com/hooks");
  await page.getByLabel("Description").fill("Billing");
  await page.getByRole("button", { name: "Create endpoint" }).click();
  await expect(heading(page)).toHaveText("New endpoint");
  await expect(page.getByLabel("URL")).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByLabel("URL")).toHaveValue("ftp://example.com/hooks");
  await expect(page.getByLabel("Description")).toHaveValue("Billing");

  const path = await addEndpoint(page, receiver.url("/billing"));
  await expect(page.getByText("Endpoint created.")).toBeVisible();
  await page.getByRole("button", { name: "Send test event" }).click();
  await expect(page.getByText("Test message sent. Its delivery appears below.")).toBeVisible();
  await expect.poll(() => receiver.at("/billing").length).toBe(1);
  await expect(async () => {
    await page.goto(path);
    await expect(rows(page, "Deliveries to this endpoint")).toContainText("Succeeded", { timeout: 1_000 });
  }).toPass();
  expect(await revealSecret(page)).toMatch(/^whsec_/);

  await page.goto(path);
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(head(page)).toContainText("Paused");
});

test("one can add a source, make a key that is shown once, and filter", async ({ page }) => {
  await signUp(page);
  const secret = "whsec_Fq0zVtW3p8nYb1Xc5Lk7Jd2Rh9Ms4Ae6";
  const source = await addSource(page, "Stripe", "Stripe", secret);
  await send(source.url, stripeEvent(secret, "evt_1", "invoice.paid"));
  await send(source.url, stripeEvent("whsec_wrong", "evt_2", "invoice.paid"));
  await page.reload();
  await expect(rows(page, "Recent messages")).toHaveCount(2);
  await goTo(page, "Messages");
  await page.getByLabel("State").selectOption("Quarantined");
  await page.getByRole("button", { name: "Apply" }).click();
  await expect(rows(page, "Messages")).toHaveCount(1);

  const { key } = await createApiKey(page, "billing service");
  expect(key).toMatch(/^hk_/);
  await page.reload();
  await expect(page.getByText("Copy this key now.")).toBeHidden();
  await expect(rows(page, "API keys")).toContainText("billing service");
  await rows(page, "API keys").getByRole("link", { name: "Revoke" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke key" }).click();
  await expect(rows(page, "API keys")).toContainText("Revoked");
});

test("one can confirm one's address, invite somebody, and be invited", async ({ page, mailbox, browser, baseURL }) => {
  const ada = await signUp(page);
  await page.getByRole("button", { name: "Send again" }).click();
  await expect(page.getByText("A new link is on its way.")).toBeVisible();
  await page.goto(linkIn(await mailbox.waitFor(ada.email, "Confirm your email address"), "/verify-address"));
  await page.getByRole("button", { name: "Confirm this address" }).click();
  await expect(page.getByRole("alert")).toContainText("This link does not work any more.");
  await page.goto(linkIn(await mailbox.waitFor(ada.email, "Confirm your email address", 2), "/verify-address"));
  await page.getByRole("button", { name: "Confirm this address" }).click();
  await expect(page.getByText("Your address is confirmed.")).toBeVisible();

  await page.getByRole("link", { name: "Open the dashboard" }).click();
  await goTo(page, "Members");
  const bob = newPerson();
  await invite(page, bob.email);
  await expect(rows(page, "Invitations")).toContainText(bob.email);
  const elsewhere = await browser.newContext({ baseURL, javaScriptEnabled: false });
  const colleague = await elsewhere.newPage();
  await colleague.goto(linkIn(await mailbox.waitFor(bob.email, "You are invited"), "/accept-invitation"));
  await colleague.getByLabel("Password").fill("short");
  await colleague.getByRole("button", { name: "Join" }).click();
  await expect(colleague.getByLabel("Password")).toHaveAccessibleDescription(/must have at least 10 characters/i);
  await colleague.getByLabel("Password").fill(bob.password);
  await colleague.getByRole("button", { name: "Join" }).click();
  await expect(heading(colleague)).toHaveText("Overview");
  await elsewhere.close();

  await page.reload();
  await rows(page, "Members").filter({ hasText: bob.email }).getByRole("link", { name: "Remove" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove member" }).click();
  await expect(page.getByText("Member removed.")).toBeVisible();
  await expect(rows(page, "Members")).toHaveCount(1);
});

test("one can describe an event type, and keeps what was typed when it is refused or checked", async ({ page }) => {
  await signUp(page);
  await page.goto("/event-types/new");
  await page.getByLabel("Name").fill("invoice.paid");
  const long = `{\n${Array.from({ length: 150 }, (_, n) => `  "x-note-${n}": "a remark about field ${n}"`).join(",\n")}\n}`;
  await page.getByLabel("JSON Schema").fill(`${long}}`);
  await page.getByRole("button", { name: "Add event type" }).click();
  await expect(page.getByLabel("JSON Schema")).toHaveAccessibleDescription(/is not JSON: trailing characters at line 152/i);
  await expect(page.getByLabel("JSON Schema")).toHaveValue(`${long}}`);

  await page.getByLabel("JSON Schema").fill(long);
  await page.getByLabel("Flag").check();
  await page.getByRole("button", { name: "Check against recent messages" }).click();
  await expect(page.getByText("There is no recent message of this type to check it against.")).toBeVisible();
  await expect(page.getByLabel("JSON Schema")).toHaveValue(long);
  await page.getByRole("button", { name: "Add event type" }).click();
  await expect(heading(page)).toHaveText("invoice.paid");
  await expect(head(page)).toContainText("Flags");
});

test("one can connect a repository, see how it is doing, and recover what GitHub failed to deliver", async ({ page, github }) => {
  await signUp(page);
  await page.goto("/sources/new?provider=github");
  await giveToken(page, "github_pat_mistyped");
  await expect(page.getByLabel("Fine-grained token")).toHaveAccessibleDescription(/not known to GitHub/);
  await expect(page.getByLabel("Fine-grained token")).toHaveValue("");
  await giveToken(page, GITHUB_TOKEN);
  await page.getByLabel("octo-org/hello-world").check();
  await page.getByLabel("Issues", { exact: true }).check();
  await page.getByRole("button", { name: "Connect the repository" }).click();
  await expect(heading(page)).toHaveText("octo-org/hello-world");
  await expect(page.getByText("Repository connected.")).toBeVisible();
  await expect(async () => {
    await page.reload();
    await expect(page.getByText("Alive", { exact: true })).toBeVisible({ timeout: 1_000 });
  }).toPass();
  await page.getByRole("link", { name: "Ask GitHub" }).click();
  await expect(section(page, "As GitHub sees it")).toContainText("Delivering");

  github.lose("issues", { action: "opened" });
  await openTab(page, "Recover from GitHub");
  await page.getByRole("link", { name: "Ask GitHub" }).click();
  await expect(rows(page, "What GitHub failed to deliver")).toHaveCount(1);
  await page.getByRole("link", { name: "Redeliver 1…" }).click();
  await page.getByRole("button", { name: "Redeliver 1", exact: true }).click();
  await expect(heading(page)).toHaveText("Recovery from octo-org/hello-world");
  await expect(async () => {
    await page.reload();
    await expect(rows(page, "Deliveries of this recovery")).toContainText("Arrived", { timeout: 1_000 });
  }).toPass();
});

test.describe("where plans are sold", () => {
  test.use({ sellsPlans: true });

  test("one can upgrade", async ({ page, hookreel, stripe }) => {
    await signUp(page);
    await goTo(page, "Plan and usage");
    await page.getByRole("button", { name: "Upgrade to Team" }).click();
    // By way of a page of ours, which leads on by itself.
    await expect(heading(page)).toHaveText("Subscribe to price_team");
    await page.getByRole("button", { name: "Pay" }).click();
    await expect(page.getByText("Waiting for Stripe's confirmation.")).toBeVisible();
    const { url } = hookreel.line("Stripe's webhooks about plans come in here");
    await stripe.tell(url as string, "evt_1", "checkout.session.completed");
    await expect(async () => {
      await page.reload();
      await expect(page.getByText("You are on Team now.")).toBeVisible({ timeout: 1_000 });
    }).toPass();
    await page.getByRole("button", { name: "Manage at Stripe" }).click();
    await expect(heading(page)).toHaveText("Your subscription");
  });
});
