import type { Page } from "@playwright/test";
import { Api } from "../fixtures/api.ts";
import { addEndpoint, attempt, createApiKey, fact, goTo, head, heading, openFirst, rows, section, signUp, takenOver } from "../fixtures/dashboard.ts";
import { expect, test } from "../fixtures/test.ts";

/** A tenant with one endpoint. */
async function withEndpoint(page: Page, server: string, url: string): Promise<Api> {
  await signUp(page);
  await addEndpoint(page, url);
  const { key, applicationId } = await createApiKey(page, "shop");
  return new Api(server, key, applicationId);
}

test("an endpoint that was down gets everything: retried, resent, replayed", async ({ page, hookreel, receiver }) => {
  receiver.answer("/shop", { status: 503, body: "down for maintenance" });
  const api = await withEndpoint(page, hookreel.url, receiver.url("/shop"));
  await goTo(page, "Deliveries");
  for (const order of [1, 2, 3]) await api.publish("order.placed", { order });

  // Live: rows come in, are retried, and are given up after the last attempt of the schedule.
  const all = rows(page, "Deliveries");
  await expect(all).toHaveCount(3);
  await expect(all.filter({ hasText: "Exhausted" })).toHaveCount(3);
  expect(receiver.at("/shop")).toHaveLength(9);
  await openFirst(page, "Deliveries", "order.placed");
  await expect(page.getByText("Given up after 3 attempts")).toBeVisible();
  for (const number of [1, 2, 3]) await expect(attempt(page, number)).toContainText("503");
  await expect(attempt(page, 3)).toContainText("down for maintenance");

  // Recovered: one is resent by hand, and what happened before stays.
  receiver.answer("/shop", { status: 200, body: "back again" });
  await page.getByRole("button", { name: "Resend" }).click();
  await expect(attempt(page, 4)).toContainText("200");
  await expect(attempt(page, 4)).toContainText("resent by hand");
  await expect(head(page)).toContainText("Succeeded");
  await expect(attempt(page, 1)).toContainText("503");

  // The rest is replayed: first the number, then the deed.
  await goTo(page, "Replays");
  await page.getByRole("link", { name: "Start a replay" }).click();
  await expect(heading(page)).toHaveText("New replay");
  await page.getByLabel("To", { exact: true }).selectOption({ index: 1 });
  await page.getByRole("radio", { name: /^Failed/ }).check();
  await page.getByRole("button", { name: "See how many match" }).click();
  await expect(page.getByText("will be made and sent. What happened before stays as it is.")).toBeVisible();
  expect(receiver.at("/shop")).toHaveLength(10);
  await page.getByRole("button", { name: "Replay 2 deliveries" }).click();

  await expect(heading(page)).toContainText("Replay to");
  await expect(head(page)).toContainText("Finished");
  await expect(page.getByRole("progressbar", { name: "Deliveries ended" })).toHaveAttribute("value", "2");
  await expect(fact(page, "Made")).toContainText("2");
  await expect(fact(page, "Succeeded")).toContainText("2");
  const replayed = rows(page, "Deliveries of this replay");
  await expect(replayed.filter({ hasText: "Succeeded" })).toHaveCount(2);
  expect(receiver.at("/shop")).toHaveLength(12);
  await openFirst(page, "Deliveries of this replay", "order.placed");
  await expect(page.getByText("Made by a replay")).toBeVisible();
  await expect(attempt(page, 1)).toContainText("200");

  // Nothing was rewritten: the given-up deliveries are still there, beside the new ones.
  await goTo(page, "Deliveries");
  await expect(all).toHaveCount(5);
  await expect(all.filter({ hasText: "Exhausted" })).toHaveCount(2);
  await goTo(page, "Event log");
  await expect(rows(page, "Events").filter({ hasText: "replay." }).first()).toBeVisible();
});

test.describe("with time to look", () => {
  // Nearly a minute, and fewer failures in a row than make the breaker wait.
  test.use({ retrySchedule: ["0s", ...Array<string>(18).fill("3s")].join(",") });

  test("an endpoint that recovers by itself is served by the next retry", async ({ page, hookreel, receiver }) => {
    receiver.answer("/shop", { status: 500, body: "oops" });
    const api = await withEndpoint(page, hookreel.url, receiver.url("/shop"));
    await api.publish("order.placed", { order: 1 });
    await goTo(page, "Deliveries");
    await openFirst(page, "Deliveries", "order.placed");
    await expect(head(page)).toContainText("Retrying");
    await expect(attempt(page, 1)).toContainText("500");
    await expect(page.getByText(/^Attempt \d+ is due$/)).toBeVisible();

    receiver.answer("/shop", { status: 200 });
    await expect(head(page)).toContainText("Succeeded");
    await expect(page.getByText("Retried by the schedule.")).toBeHidden();
    const bodies = new Set(receiver.at("/shop").map((request) => request.body));
    const ids = new Set(receiver.at("/shop").map((request) => request.headers["webhook-id"]));
    expect([bodies.size, ids.size]).toEqual([1, 1]);
  });
});

test("a replay of everything sends again what has arrived, to the very number it announced", async ({ page, hookreel, receiver }) => {
  const api = await withEndpoint(page, hookreel.url, receiver.url("/shop"));
  const count = 40;
  await Promise.all(Array.from({ length: count }, (_, order) => api.publish(order % 2 ? "order.placed" : "order.sent", { order })));
  await expect.poll(() => receiver.at("/shop").length).toBe(count);

  await goTo(page, "Messages");
  await page.getByRole("link", { name: "Replay this range…" }).click();
  await page.getByRole("radio", { name: /^All/ }).check();
  await page.getByLabel("Event types").fill("order.placed");
  await page.getByRole("button", { name: "See how many match" }).click();
  await expect(section(page, "Confirm").or(page.getByText("20 deliveries").first())).toBeVisible();
  await page.getByRole("link", { name: "Change it" }).click();
  await expect(page.getByLabel("Event types")).toHaveValue("order.placed");
  await page.getByLabel("Event types").fill("");
  await page.getByRole("button", { name: "See how many match" }).click();
  await page.getByRole("button", { name: `Replay ${count} deliveries` }).click();

  await expect(head(page)).toContainText("Finished");
  await expect(fact(page, "Made")).toContainText(`${count}`);
  await expect(fact(page, "Succeeded")).toContainText(`${count}`);
  await expect.poll(() => receiver.at("/shop").length).toBe(2 * count);
  const ids = receiver.at("/shop").map((request) => request.headers["webhook-id"]);
  expect(ids.filter((id) => ids.indexOf(id) === ids.lastIndexOf(id))).toEqual([]);
});

test("a replay of what never failed has nothing to send, and says so", async ({ page, hookreel, receiver }) => {
  const api = await withEndpoint(page, hookreel.url, receiver.url("/shop"));
  await api.publish("order.placed", { order: 1 });
  await expect.poll(() => receiver.at("/shop").length).toBe(1);
  await goTo(page, "Deliveries");
  await expect(rows(page, "Deliveries")).toContainText("Succeeded");
  await page.goto("/replays/new");
  await page.getByRole("button", { name: "See how many match" }).click();
  await expect(page.getByText("Nothing matches")).toBeVisible();

  await page.goto("/replays/new");
  await page.getByLabel("From (UTC)").fill("2026-05-02T10:00");
  await page.getByLabel("Until (UTC)").fill("2026-05-01T10:00");
  await page.getByRole("button", { name: "See how many match" }).click();
  await expect(page.getByLabel("Until (UTC)")).toHaveAccessibleDescription(/must be after the beginning/i);
});

test("what cannot be read again stays on the page, which says so and tries again when asked to", async ({ page, hookreel, receiver }) => {
  const api = await withEndpoint(page, hookreel.url, receiver.url("/shop"));
  await api.publish("order.placed", { order: 1 });
  await goTo(page, "Deliveries");
  await openFirst(page, "Deliveries", "Succeeded");
  await expect(attempt(page, 1)).toBeVisible();
  await takenOver(page);
  // The page reads again by itself whenever the delivery moves: until someone asks it to, it cannot.
  await page.evaluate(() => {
    const noteRetry = ({ target }: Event) => {
      if (target instanceof Element && target.closest("button")?.textContent === "Retry") document.body.dataset.asked = "yes";
    };
    document.addEventListener("click", noteRetry, { capture: true });
  });
  await page.route("**/do/get_delivery*", async (route) => {
    const asked = await page.evaluate(() => document.body.dataset.asked === "yes");
    await (asked ? route.continue() : route.abort());
  });
  await page.getByRole("button", { name: "Resend" }).click();
  const notice = page.getByRole("status").filter({ hasText: "This may be out of date: the server could not be reached." });
  await expect(notice).toBeVisible();
  await expect(attempt(page, 1)).toBeVisible();
  await notice.getByRole("button", { name: "Retry" }).click();
  await expect(attempt(page, 2)).toBeVisible();
  await expect(notice).toBeHidden();
  // The page may be reading once more, by news of its own: that must not ask a page that is closed.
  await page.unrouteAll({ behavior: "ignoreErrors" });
});
