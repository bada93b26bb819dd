import { Api } from "../fixtures/api.ts";
import { createApiKey, goTo, head, heading, openFirst, rows, signUp } from "../fixtures/dashboard.ts";
import { expect, test } from "../fixtures/test.ts";

const schema = {
  type: "object",
  required: ["amount"],
  properties: { amount: { type: "integer" }, currency: { enum: ["eur", "usd"] } },
};

test("a payload that does not fit is rejected with its place, and once that is wanted, flagged", async ({ page, hookreel, receiver }) => {
  await signUp(page);
  const { key, applicationId } = await createApiKey(page, "billing service");
  const api = new Api(hookreel.url, key, applicationId);
  await api.endpoint(receiver.url("/billing"));
  const publish = (payload: unknown) => api.ask("POST", `/app/${applicationId}/msg`, { eventType: "invoice.paid", payload });

  await goTo(page, "Event types");
  await page.getByRole("link", { name: "Describe your first event type" }).click();
  await expect(heading(page)).toHaveText("New event type");
  await page.getByLabel("Name").fill("invoice.paid");
  const editor = page.getByLabel("JSON Schema");
  await editor.fill('{\n  "type": object\n}');
  await page.getByText("Reject", { exact: true }).click();
  await page.getByRole("button", { name: "Add event type" }).click();
  await expect(editor).toHaveAttribute("aria-invalid", "true");
  await expect(editor).toHaveAccessibleDescription(/is not JSON: .* at line 2 column/i);

  await editor.fill(JSON.stringify({ properties: { amount: { $ref: "https://example.com/amount.json" } } }));
  await page.getByRole("button", { name: "Add event type" }).click();
  await expect(editor).toHaveAccessibleDescription(/at \/properties\/amount\/\$ref: .*another document/i);

  await editor.fill(JSON.stringify(schema, null, 2));
  await page.getByRole("button", { name: "Add event type" }).click();
  await expect(heading(page)).toHaveText("invoice.paid");
  await expect(head(page)).toContainText("Rejects");

  const refused = await publish({ amount: "12.50", currency: "gbp" });
  expect(refused.status).toBe(422);
  expect(refused.json.detail).toEqual([
    { loc: ["body", "payload", "amount"], msg: "must be of type integer, and is of type string", type: "value_error" },
    { loc: ["body", "payload", "currency"], msg: 'must be one of ["eur","usd"]', type: "value_error" },
  ]);
  expect((await publish({ amount: 1250 })).status).toBe(202);
  await expect.poll(() => receiver.at("/billing").length).toBe(1);

  await page.getByText("Flag", { exact: true }).click();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Event type saved.")).toBeVisible();
  await expect(head(page)).toContainText("Flags");
  const accepted = await publish({ amount: "12.50" });
  expect(accepted.status).toBe(202);
  expect(accepted.json.schemaFaults).toEqual([
    { pointer: "/amount", message: "must be of type integer, and is of type string" },
  ]);
  await expect.poll(() => receiver.at("/billing").length).toBe(2);

  await page.goto("/messages?state=flagged");
  await expect(rows(page, "Messages")).toHaveCount(1);
  await expect(rows(page, "Messages")).toContainText("Flagged");
  await openFirst(page, "Messages", "invoice.paid");
  await expect(head(page)).toContainText("Flagged");
  await expect(page.getByText("/amount must be of type integer, and is of type string")).toBeVisible();
  await page.getByRole("main").getByRole("link", { name: "invoice.paid" }).first().click();
  await expect(heading(page)).toHaveText("invoice.paid");
});

test("a schema is made from a message, tried on recent ones, and archived with its type", async ({ page, hookreel }) => {
  await signUp(page);
  const { key, applicationId } = await createApiKey(page, "shop");
  const api = new Api(hookreel.url, key, applicationId);
  const odd = await api.publish("order.placed", { id: 7, total: 5 });
  for (const total of [10, 20, 30]) await api.publish("order.placed", { id: `o-${total}`, total });

  await goTo(page, "Event types");
  await page.getByRole("link", { name: "Describe order.placed" }).click();
  await expect(page.getByLabel("Name")).toHaveValue("order.placed");
  await expect(page.getByText("The schema below was made from the newest message of this type")).toBeVisible();
  await expect(page.getByLabel("JSON Schema")).toHaveValue(/"required": \[\s*"id",\s*"total"\s*\]/);
  await page.getByLabel("Description").fill("Somebody ordered something.");
  await page.getByRole("button", { name: "Check against recent messages" }).click();
  const result = page.locator(".trial");
  await expect(result).toContainText("Checked against 4 recent messages: 1 would not fit.");
  await expect(result).toContainText("/id must be of type string, and is of type number");
  await expect(result.getByRole("link", { name: odd })).toBeVisible();
  // Nothing was saved, and nothing that was typed is gone.
  await expect(page.getByLabel("Description")).toHaveValue("Somebody ordered something.");
  await page.getByRole("button", { name: "Add event type" }).click();
  await expect(heading(page)).toHaveText("order.placed");

  await page.getByRole("link", { name: "Archive this event type…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Archive event type" }).click();
  await expect(page.getByText("Event type archived.")).toBeVisible();
  await expect(page.getByText("No event types yet")).toBeVisible();
  await page.goto("/event-types?archived=shown");
  await expect(rows(page, "Event types")).toContainText("Archived");
  await openFirst(page, "Event types", "order.placed");
  await page.getByRole("button", { name: "Bring it back" }).click();
  await expect(page.getByText("Event type brought back.")).toBeVisible();
  await expect(head(page)).not.toContainText("Archived");
});

test("the event log says what the fields of an event mean", async ({ page }) => {
  await signUp(page);
  await page.goto("/event-log?kind=application.created");
  await expect(rows(page, "Events").first().getByRole("cell").nth(6)).toHaveText("–");
  await rows(page, "Events").first().getByText("application.created").click();
  await expect(rows(page, "Events").first().getByText("Event evt_")).toBeVisible();
  await rows(page, "Events").first().getByRole("link", { name: "What its fields mean" }).click();
  await expect(heading(page)).toHaveText("application.created");
  await expect(rows(page, "Fields").filter({ hasText: "uid" })).toContainText("The tenant's own id of it");
  await page.getByRole("navigation", { name: "Breadcrumb" }).getByRole("link", { name: "Kinds of events" }).click();
  await openFirst(page, "Kinds of events", "endpoint.disabled");
  await expect(rows(page, "Fields")).toContainText("reason");
});
