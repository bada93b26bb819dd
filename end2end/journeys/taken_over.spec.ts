// From the page that the server sent to the one that the browser's module answers: on a slow line a person has begun by
// then.

import type { Page } from "@playwright/test";
import { signUp, takenOver } from "../fixtures/dashboard.ts";
import { expect, test } from "../fixtures/test.ts";

/** Opens a page whose module is on its way until the function that this answers is called. */
async function openSlowly(page: Page, path: string): Promise<() => void> {
  let arrive = () => {};
  const arrived = new Promise<void>((done) => {
    arrive = done;
  });
  await page.route(/\.wasm$/, async (route) => {
    await arrived;
    await route.continue();
  });
  await page.goto(path, { waitUntil: "commit" });
  return arrive;
}

test("what is typed and opened before a page is taken over stays", async ({ page }) => {
  await signUp(page);
  const search = page.getByLabel("Search");
  const arrive = await openSlowly(page, "/messages");
  await search.fill("needle77");
  arrive();
  await takenOver(page);
  await expect(search).toHaveValue("needle77");

  await page.setViewportSize({ width: 360, height: 740 });
  const arriveAgain = await openSlowly(page, "/overview");
  const link = page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Replays" });
  await page.getByText("Menu", { exact: true }).click();
  await expect(link).toBeVisible();
  arriveAgain();
  await takenOver(page);
  await expect(link).toBeVisible();
});

test("what is searched for among the providers before the page is taken over is found then", async ({ page }) => {
  const arrive = await openSlowly(page, "/docs/sources");
  const stripe = page.getByRole("link", { name: "Stripe", exact: true });
  await expect(stripe).toBeVisible();
  await page.getByLabel("Search providers").fill("shop");
  arrive();
  await expect(stripe).toBeHidden();
  await expect(page.getByRole("link", { name: "Shopify", exact: true })).toBeVisible();
  await expect(page.getByLabel("Search providers")).toHaveValue("shop");
});
