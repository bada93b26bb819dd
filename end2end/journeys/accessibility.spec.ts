import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { createApiKey, goTo, heading, signUp } from "../fixtures/dashboard.ts";
import { emptyPages, furnish, type NamedPage, planPages, publicPages } from "../fixtures/furnished.ts";
import { linkIn } from "../fixtures/mailbox.ts";
import { expect, test } from "../fixtures/test.ts";

/** Making everything there is to look at. */
const FURNISHING_MAX_MS = 300_000;

/** Looking at one page, twice, on a busy machine: the module built for tests alone takes seconds to compile. */
const PAGE_MAX_MS = 12_000;

/** So many elements are named for one fault of a page: the rest is most likely the same mistake. */
const ELEMENTS_NAMED = 3;

/** The rules that are about colours: the two themes differ in nothing else. */
const colorRules: readonly string[] = ["color-contrast", "link-in-text-block"];

const themes = [["light", undefined], ["dark", colorRules]] as const;

/** What axe finds serious or critical on a page as it is: the rule, and the elements with what is wrong. */
async function faultsHere(page: Page, rules?: readonly string[]): Promise<string[]> {
  const axe = new AxeBuilder({ page });
  const { violations } = await (rules ? axe.withRules([...rules]) : axe).analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => {
      const named = nodes.slice(0, ELEMENTS_NAMED).map((node) => `${node.target.join(" ")}: ${node.failureSummary}`);
      return `${id} (${nodes.length} elements)\n${named.join("\n")}`;
    });
}

/** What axe finds serious or critical on these pages, in light and in dark. */
async function faults(page: Page, pages: NamedPage[]): Promise<string[]> {
  const found: string[] = [];
  for (const { name, path } of pages) {
    await page.goto(path);
    await expect(page.getByRole("heading").first()).toBeVisible();
    found.push(...(await faultsInBothThemes(page, name)));
  }
  return found;
}

/** The same on a page as it is, by what it is called. */
async function faultsInBothThemes(page: Page, name: string): Promise<string[]> {
  const found: string[] = [];
  for (const [colorScheme, rules] of themes) {
    // Colours on their way from one theme to the other are nobody's fault.
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    found.push(...(await faultsHere(page, rules)).map((fault) => `${name}, ${colorScheme}: ${fault}`));
  }
  return found;
}

test("no page of a busy tenant has a serious accessibility fault", async ({ page, hookreel, receiver, mailbox, github }) => {
  test.setTimeout(FURNISHING_MAX_MS);
  const pages = await furnish(page, hookreel, { receiver, mailbox, github });
  test.setTimeout(FURNISHING_MAX_MS + pages.length * PAGE_MAX_MS);
  expect(await faults(page, pages)).toEqual([]);
});

test("no page of a new tenant, and none before signing in, has a serious accessibility fault", async ({ page }) => {
  test.setTimeout((publicPages.length + emptyPages.length) * PAGE_MAX_MS);
  const found = await faults(page, publicPages);
  await signUp(page);
  found.push(...(await faults(page, emptyPages)));
  expect(found).toEqual([]);
});

test.describe("where plans are sold", () => {
  test.use({ sellsPlans: true });

  test("no page about plans has a serious accessibility fault, or scrolls sideways on a telephone", async ({ page }) => {
    await signUp(page);
    expect(await faults(page, planPages)).toEqual([]);
    await page.setViewportSize({ width: 360, height: 740 });
    for (const { name, path } of planPages) {
      await page.goto(path);
      await expect(heading(page)).toBeVisible();
      expect(await page.evaluate(() => document.documentElement.scrollWidth), name).toBeLessThanOrEqual(360);
    }
  });
});

test("a form that was refused has no serious accessibility fault", async ({ page }) => {
  await signUp(page);
  await goTo(page, "Endpoints");
  await page.getByRole("link", { name: "Add your first endpoint" }).click();
  await page.getByLabel("URL").fill("not an address");
  await page.getByRole("button", { name: "Create endpoint" }).click();
  await expect(page.getByLabel("URL")).toHaveAttribute("aria-invalid", "true");
  expect(await faultsHere(page)).toEqual([]);
});

test("where the links in mails lead has no serious accessibility fault", async ({ page, mailbox, otherBrowser }) => {
  const person = await signUp(page);
  const verify = linkIn(await mailbox.waitFor(person.email, "Confirm your email address"), "/verify-address");
  const elsewhere = await otherBrowser.newPage();
  await elsewhere.goto("/forgot-password");
  await elsewhere.getByLabel("E-mail").fill(person.email);
  await elsewhere.getByRole("button", { name: "Send the link" }).click();
  const reset = linkIn(await mailbox.waitFor(person.email, "password"), "/reset-password");
  expect(await faults(page, [{ name: "verify_address_valid", path: verify }])).toEqual([]);
  expect(await faults(elsewhere, [{ name: "reset_password_valid", path: reset }])).toEqual([]);
});

test("an API key that was just made, and the palette, have no serious accessibility fault", async ({ page }) => {
  await signUp(page);
  await createApiKey(page, "billing service");
  expect(await faultsInBothThemes(page, "api_key_shown")).toEqual([]);
  await page.getByRole("button", { name: "Go to…" }).click();
  const field = page.getByRole("dialog", { name: "Go to" }).getByRole("combobox");
  await expect(field).toBeFocused();
  expect(await faultsInBothThemes(page, "palette")).toEqual([]);
  await field.fill("e");
  await expect(page.getByRole("dialog", { name: "Go to" }).getByRole("option").first()).toBeVisible();
  expect(await faultsInBothThemes(page, "palette_typed")).toEqual([]);
  await field.fill("nothing of this kind");
  await expect(page.getByText("No page of that name.")).toBeVisible();
  expect(await faultsInBothThemes(page, "palette_nothing")).toEqual([]);
});

test("on a telephone no page scrolls sideways, and the menu leads everywhere", async ({ page, hookreel, receiver, mailbox, github }) => {
  test.setTimeout(FURNISHING_MAX_MS);
  const pages = [...(await furnish(page, hookreel, { receiver, mailbox, github })), ...emptyPages, ...publicPages];
  test.setTimeout(FURNISHING_MAX_MS + pages.length * PAGE_MAX_MS);
  const width = 360;
  await page.setViewportSize({ width, height: 740 });
  const wide: string[] = [];
  for (const { name, path } of pages) {
    await page.goto(path);
    await expect(page.getByRole("heading").first()).toBeVisible();
    const taken = await page.evaluate(() => document.documentElement.scrollWidth);
    if (taken > width) wide.push(`${name}: ${taken} px`);
  }
  expect(wide).toEqual([]);

  await page.goto("/overview");
  const link = page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Replays" });
  await expect(link).toBeHidden();
  await page.getByText("Menu", { exact: true }).click();
  await link.click();
  await expect(heading(page)).toHaveText("Replays");
});
