import { Api } from "../fixtures/api.ts";
import { addEndpoint, copyable, createApiKey, fact, fillSignIn, goTo, head, heading, newPerson, openTab, rows, section, signUp } from "../fixtures/dashboard.ts";
import { expect, test } from "../fixtures/test.ts";

// Long enough that what is tried again can be seen on its way.
test.use({ handlerRetrySchedule: "1s,6s" });

test("an event that a handler cannot handle is parked, and drains once the cause is mended and it is replayed", async ({ page, hookreel }) => {
  const person = await signUp(page);
  await expect(page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Operator" })).toHaveCount(0);
  await hookreel.admin("operator", "grant", "--email", person.email);
  const { key, applicationId } = await createApiKey(page, "publisher");
  const api = new Api(hookreel.url, key, applicationId);
  await page.reload();
  await goTo(page, "Operator");
  await expect(page.locator(".headline")).toContainText("Everything is running.");

  // An accident: the table that the search index writes into is gone.
  await hookreel.sql("alter table read.message_words rename to message_words_mislaid");
  for (const word of ["albacore", "barracuda", "cuttlefish"]) await api.publish("fish.caught", { word });
  await openTab(page, "Handlers");
  const index = rows(page, "Handlers").filter({ hasText: "search_index" });
  await expect(index).toContainText("Needs you");
  const parked = rows(page, "Events not handled yet");
  await expect(parked).toHaveCount(3);
  await expect(parked.first()).toContainText(/message_words.* does not exist/);
  await expect(rows(page, "Handlers").filter({ hasText: "operational_webhooks" })).toContainText("Up to date");
  await openTab(page, "System");
  await expect(page.locator(".headline")).toHaveText("3 events are parked and will not be handled until you decide.");
  await page.getByRole("link", { name: "See what is parked" }).click();

  // The event itself, without what its tenant sent.
  await parked.first().getByRole("link", { name: "message.accepted" }).click();
  await expect(heading(page)).toHaveText("message.accepted");
  await expect(page.locator(".operator-payload")).toContainText('"event_type": "fish.caught"');
  await expect(page.getByText("cuttlefish")).toHaveCount(0);
  await page.goBack();

  // Still broken: it is parked again.
  await parked.first().getByRole("button", { name: "Retry" }).click();
  await expect(page.getByText("It is tried again within a second.")).toBeVisible();
  await expect(parked).toHaveCount(2);
  await expect(parked).toHaveCount(3);

  // The newest is given up; what that loses is said first.
  await parked.first().getByRole("link", { name: "Skip…" }).click();
  const question = page.getByRole("dialog");
  await expect(question).toContainText("Makes messages findable by what is in them");
  await question.getByRole("button", { name: "Skip event" }).click();
  await expect(page.getByText("Skipped. What waited behind it goes on.")).toBeVisible();
  await expect(parked).toHaveCount(2);

  await hookreel.sql("alter table read.message_words_mislaid rename to message_words");
  await index.getByRole("button", { name: "Replay parked" }).click();
  await expect(page.getByText("What was parked is tried again now.")).toBeVisible();
  await expect(page.getByRole("heading", { name: "Nothing is parked" })).toBeVisible();
  await expect(index).toContainText("Up to date");
  const found = async (word: string) => {
    await page.goto(`/messages?q=${word}`);
    return rows(page, "Messages").count();
  };
  await expect.poll(() => found("albacore")).toBe(1);
  expect(await found("cuttlefish")).toBe(0);

  // A rebuild takes up what was skipped, after a question.
  await page.goto("/operator/handlers");
  await index.getByRole("link", { name: "Rebuild…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Rebuild" }).click();
  await expect(page.getByText("Rebuild started.")).toBeVisible();
  const done = rows(page, "Done by operators");
  await expect(done).toHaveText([/Began a rebuild/, /Replayed the parked.*2 events/, /Skipped an event/, /Tried an event again/]);
  await expect(done.first()).toContainText(person.email);
  await expect.poll(() => found("cuttlefish")).toBe(1);
});

test("whoever is no operator finds no such page, nor its data", async ({ page, hookreel, otherBrowser }) => {
  const person = await signUp(page);
  await hookreel.admin("operator", "grant", "--email", person.email);
  const stranger = await otherBrowser.newPage();
  await signUp(stranger, newPerson("Eve"));
  for (const path of ["/operator", "/operator/handlers", "/operator/mails", "/operator/services", "/operator/events/1"]) {
    expect((await page.goto(path))?.status(), path).toBe(200);
    expect((await stranger.goto(path))?.status(), path).toBe(404);
    await expect(stranger.getByText("This page was not found.")).toHaveCount(1);
    await expect(stranger.getByRole("link", { name: "Operator" })).toHaveCount(0);
  }
  for (const name of ["operator_system", "operator_handlers", "operator_backlog", "operator_actions", "operator_mails", "operator_services"]) {
    expect((await stranger.request.post(`/do/${name}`, { form: {}, headers: { origin: hookreel.url } })).status(), name).toBe(404);
  }
  const form = { handler: "search_index", position: "1" };
  for (const name of ["retry_event", "skip_event", "replay_parked", "rebuild_handler"]) {
    expect((await stranger.request.post(`/do/${name}`, { form, headers: { origin: hookreel.url } })).status(), name).toBe(404);
  }

  // The right is gone with the next request.
  await hookreel.admin("operator", "revoke", "--email", person.email);
  expect((await page.goto("/operator"))?.status()).toBe(404);
});

test.describe("without a mail server", () => {
  test.use({ sendsMail: false });

  test("an operator passes the link of a mail on", async ({ page, hookreel, otherBrowser }) => {
    const operator = await signUp(page);
    await expect(page.getByText(`Confirm that ${operator.email} is yours. This installation has no mail server`)).toBeVisible();
    await hookreel.admin("operator", "grant", "--email", operator.email);
    const forgetful = await otherBrowser.newPage();
    const person = await signUp(forgetful, newPerson("Grace Limited"));
    await forgetful.getByRole("button", { name: "Sign out" }).click();
    await forgetful.getByRole("link", { name: "Forgotten your password?" }).click();
    await forgetful.getByLabel("E-mail").fill(person.email);
    await forgetful.getByRole("button", { name: "Send the link" }).click();
    await expect(forgetful.getByText("This installation has no mail server: ask whoever operates it")).toBeVisible();

    await page.goto("/operator/mails");
    await expect(page.getByText("There is no mail server, so nobody gets these mails.")).toBeVisible();
    const mail = rows(page, "Mails").filter({ hasText: person.email }).filter({ hasText: "Reset password" });
    await expect(mail).toContainText("Not sent, shown here");
    await mail.getByRole("link").click();
    await expect(heading(page)).toHaveText("Reset password");
    const link = await copyable(page, "Link");
    await expect(page.locator(".operator-mail")).toContainText(link);

    await forgetful.goto(new URL(link).pathname + new URL(link).search);
    await forgetful.getByLabel("New password").fill("another fish, another line");
    await forgetful.getByRole("button", { name: "Save the password" }).click();
    await expect(forgetful.getByText("Password saved.")).toBeVisible();
    await fillSignIn(forgetful, person.email, "another fish, another line");
    await expect(heading(forgetful)).toHaveText("Overview");
  });
});

test("a mail that was refused is listed with why and can be sent again, and what was sent is not kept", async ({ page, hookreel, otherBrowser }) => {
  const person = await signUp(page);
  await hookreel.admin("operator", "grant", "--email", person.email);
  await page.goto("/operator/mails?state=sent");
  await rows(page, "Mails").filter({ hasText: person.email }).getByRole("link", { name: "Welcome" }).click();
  await expect(heading(page)).toHaveText("Welcome");
  await expect(head(page)).toContainText("Sent");
  await expect(page.getByText("What was sent is not kept.")).toBeVisible();

  await signUp(await otherBrowser.newPage(), { ...newPerson("Grace Limited"), email: "refused@example.com" });
  await page.goto("/operator/mails?state=failed");
  const refused = rows(page, "Mails").filter({ hasText: "Welcome" });
  await expect(refused).toContainText("No such mailbox here");
  await refused.getByRole("link").click();
  await expect(heading(page)).toHaveText("Welcome");
  await head(page).getByRole("button", { name: "Send again" }).click();
  await expect(page.getByText("The mail is handed to the mail server again.")).toBeVisible();
  await expect(head(page)).toContainText("Failed");
  await expect(fact(page, "Error")).toContainText("No such mailbox here");

  await page.goto("/operator");
  await expect(page.locator(".headline")).toHaveText("2 mails could not be sent in the last 24 hours.");
  await openTab(page, "Services");
  await expect(rows(page, "Services").filter({ hasText: "GitHub" })).toContainText("Breaker closed");
  await expect(rows(page, "Services").filter({ hasText: "Stripe" })).toHaveCount(0);
});

test("one click tells one's own programs about one's endpoints", async ({ page, receiver }) => {
  await signUp(page);
  const watched = await addEndpoint(page, receiver.url("/watched"));
  await goTo(page, "Endpoints");
  await page.getByRole("link", { name: "About your own endpoints" }).click();
  await expect(heading(page)).toHaveText("Webhooks about your own endpoints");
  await page.getByText("endpoint.disabled", { exact: true }).click();
  await expect(page.getByText('"reason": "The endpoint answered 410 Gone."')).toBeVisible();
  await page.getByRole("button", { name: "Turn on" }).click();
  await expect(heading(page)).toHaveText("New endpoint");
  await page.getByLabel("URL").fill(receiver.url("/told"));
  await page.getByRole("button", { name: "Create endpoint" }).click();
  await expect(heading(page)).toHaveText(receiver.url("/told").replace("http://", ""));

  await page.goto(watched);
  await page.getByRole("link", { name: "Disable…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Disable endpoint" }).click();
  await expect(page.getByText("Endpoint disabled.")).toBeVisible();
  await expect.poll(() => receiver.at("/told").map((request) => JSON.parse(request.body).type)).toContain("endpoint.disabled");

  await page.goto("/endpoints/operational");
  await expect(rows(page, "Endpoints that are told")).toHaveCount(1);
  await section(page, "Turn off").getByRole("link", { name: "Turn off…" }).click();
  await expect(page.getByRole("dialog")).toContainText("1 endpoint is deleted");
  await page.getByRole("dialog").getByRole("button", { name: "Turn off" }).click();
  await expect(page.getByRole("button", { name: "Turn on" })).toBeVisible();
});
