// Pictures of every page for people to look at. Not part of the tests: `npm run screenshots`.

import type { Page } from "@playwright/test";
import { Api } from "../fixtures/api.ts";
import { createApiKey, goTo, newPerson, signUp } from "../fixtures/dashboard.ts";
import { emptyPages, furnish, type NamedPage, planPages, publicPages } from "../fixtures/furnished.ts";
import { expect, test } from "../fixtures/test.ts";

const widths = [360, 1600];
const colorSchemes = ["light", "dark"] as const;

async function photograph(page: Page, pages: NamedPage[]): Promise<void> {
  for (const { name, path } of pages) {
    await page.goto(path);
    await expect(page.getByRole("heading").first()).toBeVisible();
    await take(page, name);
  }
}

/** What is shown now, in both themes and at both widths. */
async function take(page: Page, name: string): Promise<void> {
  for (const colorScheme of colorSchemes) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    for (const width of widths) {
      await page.setViewportSize({ width, height: width === 360 ? 740 : 1000 });
      await page.screenshot({ path: `screenshots/${name}-${width}-${colorScheme}.png`, fullPage: true });
    }
  }
}

test("every page is photographed", async ({ page, hookreel, receiver, mailbox, github, otherBrowser }) => {
  await photograph(page, await furnish(page, hookreel, { receiver, mailbox, github }));
  await page.goto("/overview");
  await page.getByRole("button", { name: "Go to…" }).click();
  await take(page, "palette");
  await page.getByRole("combobox").fill("e");
  await take(page, "palette_typed");
  const newcomer = await otherBrowser.newPage();
  await photograph(newcomer, publicPages);
  await newcomer.setViewportSize({ width: 1280, height: 720 });
  await signUp(newcomer, newPerson("Grace Limited"));
  await photograph(newcomer, emptyPages);
});

test.describe("where plans are sold", () => {
  test.use({ sellsPlans: true });

  test("every page about plans is photographed", async ({ page, hookreel }) => {
    await signUp(page);
    const { key, applicationId } = await createApiKey(page, "shop");
    const api = new Api(hookreel.url, key, applicationId);
    for (const order of [1, 2, 3, 4]) await api.publish("order.placed", { order });
    await goTo(page, "Plan and usage");
    await expect(page.getByText("0 received, 4 published").or(page.getByText("of 5"))).toBeVisible();
    await photograph(page, planPages);
  });
});
