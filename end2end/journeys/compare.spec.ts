import { Api } from "../fixtures/api.ts";
import { addEndpoint, attempt, createApiKey, head, openFirst, goTo, section, signUp, takenOver } from "../fixtures/dashboard.ts";
import { expect, test } from "../fixtures/test.ts";

test("two attempts are compared: status, headers, and the lines of the answers", async ({ page, hookreel, receiver }) => {
  await signUp(page);
  receiver.answer("/shop", { status: 500, type: "application/json", body: '{"error":"out of order","at":"till 1"}' });
  await addEndpoint(page, receiver.url("/shop"));
  const { key, applicationId } = await createApiKey(page, "shop");
  await new Api(hookreel.url, key, applicationId).publish("order.placed", { order: 1 });
  await goTo(page, "Deliveries");
  await openFirst(page, "Deliveries", "Exhausted");
  await expect(attempt(page, 3)).toBeVisible();

  // Two attempts in the same second carry the same signature.
  const { headers } = receiver.at("/shop").at(-1)!;
  await expect.poll(() => Math.floor(Date.now() / 1_000)).toBeGreaterThan(Number(headers["webhook-timestamp"]));
  receiver.answer("/shop", { status: 200, type: "application/json", body: '{"ok":true,"at":"till 1"}' });
  await page.getByRole("button", { name: "Resend" }).click();
  await expect(head(page)).toContainText("Succeeded");
  const compared = section(page, "Compare two attempts");
  await expect(compared.getByLabel("Attempt", { exact: true })).toHaveValue("4");
  await expect(compared.getByLabel("Compared with")).toHaveValue("3");
  await expect(compared).toContainText(/500.*then.*200/);
  await expect(compared.getByRole("table", { name: "Headers sent that differ" })).toContainText("webhook-signature");
  const lines = compared.getByRole("group", { name: /Lines of the response body/ });
  await expect(lines.locator(".diff-gone")).toHaveText([/"error": "out of order"/]);
  await expect(lines.locator(".diff-new")).toHaveText([/"ok": true/]);
  await expect(lines).toContainText('"at": "till 1"');

  // What is chosen and not sent yet stays when another attempt is made: both of it, whichever was touched.
  // And so does what was unfolded.
  await takenOver(page);
  await attempt(page, 1).locator("summary").first().click();
  const unfolded = attempt(page, 1).getByRole("heading", { name: "Request headers" });
  await expect(unfolded).toBeVisible();
  await compared.getByLabel("Attempt", { exact: true }).selectOption("2");
  await page.getByRole("button", { name: "Resend" }).click();
  await expect(attempt(page, 5)).toBeVisible();
  await expect(unfolded).toBeVisible();
  await expect(compared.getByLabel("Attempt", { exact: true }).getByRole("option")).toHaveCount(5);
  await expect(compared.getByLabel("Attempt", { exact: true })).toHaveValue("2");
  await expect(compared.getByLabel("Compared with")).toHaveValue("3");
  await compared.getByLabel("Compared with").selectOption("1");
  await compared.getByRole("button", { name: "Compare" }).click();
  await expect(page).toHaveURL(/attempt=2&with=1/);
  await expect(compared).toContainText("500 in both");
  await expect(compared).toContainText("The same in both attempts, to the byte.");
});

test("a text is found in a payload, and its parts are folded all at once", async ({ page, hookreel }) => {
  await signUp(page);
  const { key, applicationId } = await createApiKey(page, "shop");
  await new Api(hookreel.url, key, applicationId).publish("order.placed", { name: "Ada", roles: ["admin", "author"] });
  await goTo(page, "Messages");
  await openFirst(page, "Messages", "order.placed");
  const payload = section(page, "Payload");
  await payload.getByRole("button", { name: "Fold all", exact: true }).click();
  await expect(payload.getByText("2 fields }")).toBeVisible();
  await payload.getByRole("button", { name: "Unfold all" }).click();
  await expect(payload.getByText('"author"').first()).toBeVisible();

  const found = (what: string) => payload.getByRole("status").filter({ hasText: what });
  await payload.getByRole("searchbox").fill("AD");
  await expect(found("1 of 2")).toBeVisible();
  await payload.getByRole("searchbox").press("Enter");
  await expect(found("2 of 2")).toBeVisible();
  await payload.getByRole("searchbox").fill("nobody");
  await expect(payload.getByText("Not found")).toBeVisible();
});
