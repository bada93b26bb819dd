import { addEndpoint, chooseProvider, fact, giveToken, goTo, heading, openTab, rows, section, signUp } from "../fixtures/dashboard.ts";
import { GITHUB_TOKEN } from "../fixtures/github.ts";
import { expect, test } from "../fixtures/test.ts";

test("a repository is connected in the browser, shown alive, and what GitHub failed to deliver is recovered once", async ({ page, github, receiver }) => {
  await signUp(page);
  await addEndpoint(page, receiver.url("/builds"));
  await goTo(page, "Sources");
  await page.getByRole("link", { name: "Add your first source" }).click();
  await chooseProvider(page, "GitHub");
  await expect(page.getByText("nothing will arrive: set HOOKREEL_PUBLIC_URL")).toBeVisible();
  await giveToken(page, "github_pat_mistyped");
  await expect(page.getByLabel("Fine-grained token")).toHaveAccessibleDescription(/not known to GitHub/);
  await giveToken(page, GITHUB_TOKEN);

  await expect(page.getByText("1 other is not listed")).toBeVisible();
  await page.getByLabel("Search repositories").fill("hello");
  await expect(page.getByText("1 of 2")).toBeVisible();
  await page.getByRole("button", { name: "Connect the repository" }).click();
  await expect(page.getByText("Must be chosen.")).toBeVisible();
  await page.getByLabel("octo-org/hello-world").check();
  await page.getByLabel("Releases").check();
  github.holdPings();
  await page.getByRole("button", { name: "Connect the repository" }).click();

  await expect(heading(page)).toHaveText("octo-org/hello-world");
  await expect(page.getByText("Waiting for GitHub's ping")).toBeVisible();
  await github.releasePings();
  await expect(page.getByText("Alive", { exact: true })).toBeVisible();
  expect(github.hooks.map(({ events }) => events)).toEqual([["pull_request", "push", "release"]]);
  await expect(fact(page, "Description")).toHaveText("A friendly place to begin");
  await expect(rows(page, "Open pull requests")).toHaveCount(2);
  expect(await page.content()).not.toContain(GITHUB_TOKEN);

  await github.happen("push", { ref: "refs/heads/main" });
  await openTab(page, "Traffic");
  await expect(rows(page, "Recent messages")).toContainText("push");
  await expect.poll(() => receiver.at("/builds").length).toBe(1);

  github.lose("issues", { action: "opened" });
  github.lose("release", { action: "published" });
  await openTab(page, "Recover from GitHub");
  const missed = rows(page, "What GitHub failed to deliver");
  await expect(missed).toHaveCount(2);
  await expect(missed.filter({ hasText: "issues.opened" })).toContainText("failed to connect to host");
  // What is redelivered comes twice: a network may repeat it.
  github.redeliverTimes = 2;
  await page.getByRole("link", { name: "Redeliver 2…" }).click();
  await expect(page.getByRole("dialog")).toContainText("Have GitHub redeliver 2 deliveries?");
  await page.getByRole("dialog").getByRole("button", { name: "Redeliver 2" }).click();

  await expect(heading(page)).toHaveText("Recovery from octo-org/hello-world");
  const recovered = rows(page, "Deliveries of this recovery");
  await expect(recovered).toHaveCount(2);
  await expect(recovered.filter({ hasText: "Arrived" })).toHaveCount(2);
  await expect(page.locator("header").filter({ has: heading(page) })).toContainText("Finished");
  await expect.poll(() => receiver.at("/builds").length).toBe(3);
  await goTo(page, "Messages");
  await expect(rows(page, "Messages")).toHaveCount(3);

  await page.goBack();
  await page.getByRole("navigation", { name: "Breadcrumb" }).getByRole("link", { name: "octo-org/hello-world" }).click();
  await expect(missed).toHaveCount(0);
  await expect(page.getByText("Nothing is missing")).toBeVisible();
  await expect(rows(page, "Recoveries")).toHaveCount(1);
});

test("a connected repository is changed and disconnected, and GitHub's webhook with it", async ({ page, github }) => {
  await signUp(page);
  await page.goto("/sources/new?provider=github");
  await giveToken(page, GITHUB_TOKEN);
  await page.getByLabel("octo-org/hello-world").check();
  await page.getByLabel("Name of the source").fill("Greetings");
  await page.getByRole("button", { name: "Connect the repository" }).click();
  await expect(heading(page)).toHaveText("Greetings");

  await page.getByText("Have other events sent").click();
  await page.getByLabel("Everything, also what GitHub adds later").check();
  await page.getByRole("button", { name: "Save events" }).click();
  await expect(page.getByText("Webhook updated at GitHub.")).toBeVisible();
  await expect.poll(() => github.hooks.map(({ events }) => events)).toEqual([["*"]]);

  // Somebody deletes it at GitHub: it is made anew.
  github.hooks.pop();
  await page.reload();
  await expect(section(page, "As GitHub sees it")).toContainText("Gone");
  await page.getByRole("button", { name: "Update the webhook" }).click();
  await expect.poll(() => github.hooks.length).toBe(1);

  await page.getByRole("link", { name: "Disconnect…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Disconnect" }).click();
  await expect(page.getByText("Repository disconnected.")).toBeVisible();
  expect(github.hooks).toEqual([]);
  await expect(page.getByLabel("Fine-grained token")).toBeVisible();
});
