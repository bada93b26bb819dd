import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { heading, signUp } from "../fixtures/dashboard.ts";
import { emptyPages, furnish, type NamedPage, publicPages } from "../fixtures/furnished.ts";
import { expect, test } from "../fixtures/test.ts";

/** What axe finds serious or critical on these pages, as the page's name, the rule and the elements. */
async function faults(page: Page, pages: NamedPage[]): Promise<string[]> {
  const found: string[] = [];
  for (const { name, path } of pages) {
    await page.goto(path);
    await expect(heading(page)).toBeVisible();
    const { violations } = await new AxeBuilder({ page }).analyze();
    for (const { id, impact, nodes } of violations) {
      if (impact !== "serious" && impact !== "critical") continue;
      found.push(`${name}: ${id} at ${nodes.map((node) => `${node.target.join(" ")} (${node.failureSummary})`).join("; ")}`);
    }
  }
  return found;
}

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test("no page of a busy tenant has a serious accessibility fault", async ({ page, hookreel, receiver }) => {
      test.slow();
      const pages = await furnish(page, hookreel, receiver);
      expect(await faults(page, pages)).toEqual([]);
    });

    test("no page of a new tenant has a serious accessibility fault", async ({ page }) => {
      expect(await faults(page, publicPages)).toEqual([]);
      await signUp(page);
      expect(await faults(page, emptyPages)).toEqual([]);
    });
  });
}

test.describe("on a telephone", () => {
  test.use({ viewport: { width: 360, height: 740 } });

  test("no page scrolls sideways, and the menu leads everywhere", async ({ page, hookreel, receiver }) => {
    test.slow();
    await page.setViewportSize({ width: 1280, height: 720 });
    const pages = [...(await furnish(page, hookreel, receiver)), ...emptyPages, ...publicPages];
    await page.setViewportSize({ width: 360, height: 740 });
    const wide: string[] = [];
    for (const { name, path } of pages) {
      await page.goto(path);
      await expect(heading(page)).toBeVisible();
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      if (width > 360) wide.push(`${name}: ${width} px`);
    }
    expect(wide).toEqual([]);

    await page.goto("/overview");
    const link = page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Replays" });
    await expect(link).toBeHidden();
    await page.getByText("Menu", { exact: true }).click();
    await link.click();
    await expect(heading(page)).toHaveText("Replays");
  });
});
