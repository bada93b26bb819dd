import { addEndpoint, addSource, goTo, heading, signUp } from "../fixtures/dashboard.ts";
import { expect, test } from "../fixtures/test.ts";

const secret = "whsec_Fq0zVtW3p8nYb1Xc5Lk7Jd2Rh9Ms4Ae6";

test("a page, a source, an endpoint and an id are reached by a few keys", async ({ page }) => {
  await signUp(page);
  const source = await addSource(page, "Stripe", "Stripe, live mode", secret);
  const endpoint = await addEndpoint(page, "https://billing.example.com/hooks");
  const palette = page.getByRole("dialog", { name: "Go to" });
  const field = palette.getByRole("combobox");
  // Keys are heard once the page works, and its button says so.
  const press = async (keys: string) => {
    await expect(page.getByRole("button", { name: "Go to…" })).toBeEnabled();
    await page.keyboard.press(keys);
  };

  await press("Control+k");
  await expect(field).toBeFocused();
  await field.fill("live");
  await expect(palette.getByRole("option").first()).toHaveText(/^Stripe, live mode/);
  await page.keyboard.press("Enter");
  await expect(heading(page)).toHaveText("Stripe, live mode");
  await expect(palette).toBeHidden();

  await press("Control+k");
  await expect(field).toHaveValue("");
  await field.fill("billing");
  await palette.getByRole("option", { name: /billing\.example\.com/ }).click();
  await expect(page).toHaveURL(new RegExp(`${endpoint}$`));

  // What was copied out of JSON brings its quotes along.
  await press("Control+k");
  await field.fill(`"${source.path.split("/").pop()!}",`);
  await page.keyboard.press("Enter");
  await expect(heading(page)).toHaveText("Stripe, live mode");

  await press("Meta+k");
  await field.fill("nothing of this kind");
  await expect(palette.getByText("No page of that name.")).toBeVisible();
  await palette.getByRole("option", { name: /Messages with “nothing of this kind”/ }).click();
  await expect(heading(page)).toHaveText("Messages");
  await expect(page).toHaveURL(/\/messages\?q=nothing%20of%20this%20kind$/);
});

test("the palette is worked with arrows, says what is marked, and opens by a button", async ({ page }) => {
  await signUp(page);
  await goTo(page, "Messages");
  const palette = page.getByRole("dialog", { name: "Go to" });
  const field = palette.getByRole("combobox");
  await page.getByRole("button", { name: "Go to…" }).click();
  const marked = palette.getByRole("option", { selected: true });
  await expect(marked).toHaveText(/^Overview/);
  await page.keyboard.press("ArrowDown");
  await expect(marked).toHaveText(/^Sources/);
  await expect(field).toHaveAttribute("aria-activedescendant", (await marked.getAttribute("id"))!);
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  await expect(marked).toHaveText(/^Start a replay/);
  await page.keyboard.press("Enter");
  await expect(heading(page)).toHaveText("New replay");

  await page.setViewportSize({ width: 360, height: 740 });
  await page.getByRole("button", { name: "Go to…" }).click();
  await palette.getByRole("button", { name: "Close" }).click();
  await expect(palette).toBeHidden();
});
