import { Api } from "../fixtures/api.ts";
import { addEndpoint, addSource, createApiKey, fillSignIn, goTo, heading, newPerson, rows, section, signUp, takenOver } from "../fixtures/dashboard.ts";
import { expect, test } from "../fixtures/test.ts";

test("signing out ends the session, and signing in leads back to where one wanted to be", async ({ page }) => {
  const person = await signUp(page);
  await goTo(page, "Endpoints");
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByText("You are signed out.")).toBeVisible();

  await page.goto("/messages?state=quarantined");
  await expect(heading(page)).toHaveText("Sign in");
  await fillSignIn(page, person.email, person.password);
  await expect(heading(page)).toHaveText("Messages");
  await expect(page).toHaveURL(/\/messages\?state=quarantined$/);
});

test("a session elsewhere can be ended, and only that one", async ({ page, otherBrowser }) => {
  const person = await signUp(page);
  const elsewhere = await otherBrowser.newPage();
  await elsewhere.goto("/sign-in");
  await fillSignIn(elsewhere, person.email, person.password);
  await expect(heading(elsewhere)).toHaveText("Overview");

  await goTo(page, "Settings");
  await expect(rows(page, "Sessions")).toHaveCount(2);
  await expect(rows(page, "Sessions").filter({ hasText: "This one" })).toHaveCount(1);
  await rows(page, "Sessions").getByRole("button", { name: "End" }).click();
  await expect(page.getByText("Session ended.")).toBeVisible();
  await expect(rows(page, "Sessions")).toHaveCount(1);

  await elsewhere.goto("/endpoints");
  await expect(heading(elsewhere)).toHaveText("Sign in");
  await page.goto("/endpoints");
  await expect(heading(page)).toHaveText("Endpoints");
});

test("guessing a password is slowed down, for known and unknown addresses alike", async ({ page }) => {
  const person = await signUp(page);
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(heading(page)).toHaveText("Sign in");
  // From here on a form is answered on the page it stands on: what is read there is never of the guess before.
  await takenOver(page);
  for (const email of [person.email, "nobody@example.com"]) {
    const answers: string[] = [];
    // The wait doubles with each failure: however slow the browser is, one of these falls into it.
    while (answers.length < 20 && !answers.at(-1)?.includes("Too many attempts")) {
      const answered = page.waitForResponse((response) => response.url().includes("/do/sign_in"));
      await fillSignIn(page, email, "a wrong guess");
      await answered;
      await expect(page.getByRole("button", { name: "Sign in" })).toBeEnabled();
      await expect(page.getByRole("alert")).not.toBeEmpty();
      answers.push(await page.getByRole("alert").innerText());
    }
    expect(answers.slice(0, 5)).toEqual(Array(5).fill("The e-mail address or the password is wrong."));
    expect(answers.at(-1)).toMatch(/^Too many attempts; try again in \d+ seconds\.$/);
  }
});

test("a form on another site changes nothing", async ({ page, hookreel, receiver }) => {
  await signUp(page);
  const form = `<form method="post" action="${hookreel.url}/do/sign_out"><button>Win a prize</button></form>`;
  receiver.answer("/prize", { status: 200, type: "text/html", body: form });
  // Another port of the same host is another origin, but the same site: the browser sends the cookie along.
  for (const host of ["127.0.0.1", "localhost"]) {
    await page.goto(receiver.url("/prize").replace("127.0.0.1", host));
    const answered = page.waitForResponse((response) => response.url().endsWith("/do/sign_out"));
    await page.getByRole("button", { name: "Win a prize" }).click();
    expect((await answered).status()).toBe(403);
    await page.goto("/settings");
    await expect(rows(page, "Sessions")).toHaveCount(1);
  }
});

test("nobody can open what belongs to another tenant", async ({ page, hookreel, receiver, otherBrowser }) => {
  await signUp(page, newPerson("Ada"));
  const source = await addSource(page, "Stripe", "Secret supplier", "whsec_1234567890");
  const endpoint = await addEndpoint(page, receiver.url("/ada"));
  const ada = await createApiKey(page, "Ada's");
  const api = new Api(hookreel.url, ada.key, ada.applicationId);
  const message = await api.publish("invoice.paid", { amount: 1 });
  await goTo(page, "Deliveries");
  await expect(rows(page, "Deliveries")).toContainText("Succeeded");
  const delivery = await rows(page, "Deliveries").getByRole("link").first().getAttribute("href");
  const replay = await api.must("POST", "/replay", { since: new Date(Date.now() - 3_600_000).toISOString(), selection: "all" });

  const stranger = await otherBrowser.newPage();
  await signUp(stranger, newPerson("Eve"));
  const theirs = await createApiKey(stranger, "Eve's");
  for (const path of [source.path, endpoint, `/messages/${message}`, delivery!, `/replays/${replay.id}`]) {
    expect((await page.goto(path))?.status(), path).toBe(200);
    expect((await stranger.goto(path))?.status(), path).toBe(404);
    await expect(stranger.getByText(/was not found\./)).toBeVisible();
    await expect(stranger.getByText("invoice.paid")).toHaveCount(0);
  }
  for (const [place, caption] of [["Sources", "Sources"], ["Endpoints", "Endpoints"], ["Messages", "Messages"], ["Deliveries", "Deliveries"], ["Replays", "Replays"]] as const) {
    await goTo(stranger, place);
    await expect(section(stranger, place).or(stranger.getByRole("heading", { level: 2 })).first()).toBeVisible();
    await expect(rows(stranger, caption)).toHaveCount(0);
  }
  const eve = new Api(hookreel.url, theirs.key, theirs.applicationId);
  for (const path of [`/app/${ada.applicationId}`, `/app/${ada.applicationId}/msg/${message}`, `/app/${theirs.applicationId}/msg/${message}`, `/replay/${replay.id}`]) {
    expect((await eve.ask("GET", path)).status, path).toBe(404);
  }
});

test("the theme one chooses is remembered", async ({ page }) => {
  await signUp(page);
  await goTo(page, "Settings");
  const appearance = section(page, "Appearance");
  const remembered = page.waitForResponse((response) => response.url().endsWith("/do/set_theme"));
  await appearance.getByRole("button", { name: "Dark" }).click();
  await remembered;
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await expect(appearance.getByRole("button", { name: "Dark" })).toHaveAttribute("aria-pressed", "true");
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
});

test("a forgotten password is replaced by the link in a mail, once", async ({ page, mailbox, otherBrowser }) => {
  const person = await signUp(page);
  await mailbox.waitFor(person.email, person.tenant);
  const elsewhere = await otherBrowser.newPage();
  await elsewhere.goto("/sign-in");
  await elsewhere.getByRole("link", { name: "Forgotten your password?" }).click();
  await expect(heading(elsewhere)).toHaveText("Forgotten password");
  await elsewhere.getByLabel("E-mail").fill(person.email);
  await elsewhere.getByRole("button", { name: "Send the link" }).click();
  await expect(elsewhere.getByText("a mail with a link is on its way")).toBeVisible();

  const mail = await mailbox.waitFor(person.email, "password");
  const link = /https?:\/\/\S+\/reset-password\?token=\S+/.exec(mail.text)![0];
  expect(mail.html).toContain(new URL(link).searchParams.get("token"));
  await elsewhere.goto(new URL(link).pathname + new URL(link).search);
  await expect(heading(elsewhere)).toHaveText("Choose a new password");
  await elsewhere.getByLabel("New password").fill("short");
  await elsewhere.getByRole("button", { name: "Save the password" }).click();
  await expect(elsewhere.getByText("have at least 10 characters")).toBeVisible();
  await elsewhere.getByLabel("New password").fill("another fish, another line");
  await elsewhere.getByRole("button", { name: "Save the password" }).click();
  await expect(elsewhere.getByText("Password saved.")).toBeVisible();
  await fillSignIn(elsewhere, person.email, "another fish, another line");
  await expect(heading(elsewhere)).toHaveText("Overview");

  // Signed out everywhere else, and the link is used up.
  await page.goto("/endpoints");
  await expect(heading(page)).toHaveText("Sign in");
  await page.goto(new URL(link).pathname + new URL(link).search);
  await expect(page.getByText("This link does not work any more. Ask for a new one.", { exact: true })).toBeVisible();
  await expect(page.getByLabel("New password")).toHaveCount(0);
  for (const path of ["/reset-password", "/verify-address"]) {
    await page.goto(path);
    await expect(page.getByText("This link is incomplete.")).toBeVisible();
    await expect(page.getByRole("main").getByRole("button")).toHaveCount(0);
  }
});

test("an address with a garbled id says once that nothing is there", async ({ page }) => {
  await signUp(page);
  for (const path of ["/sources/src_garbled", "/endpoints/ep_garbled", "/messages/msg_garbled", "/deliveries/dlv_garbled", "/replays/rpl_garbled"]) {
    expect((await page.goto(path))?.status(), path).toBe(404);
    await expect(page.getByText(/was not found\./)).toHaveCount(1);
  }
});
