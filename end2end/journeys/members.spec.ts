// The people of a tenant: addresses that are confirmed, somebody who is invited, browsers that are new.

import { confirmAddress, fact, fillSignIn, goTo, heading, invite, newPerson, rows, section, signUp, takenOver } from "../fixtures/dashboard.ts";
import { linkIn } from "../fixtures/mailbox.ts";
import { expect, test } from "../fixtures/test.ts";

test("an address is confirmed by whoever has the link, by pressing the button, once", async ({ page, mailbox, otherBrowser }) => {
  const person = await signUp(page);
  const notice = page.getByText(`Confirm that ${person.email} is yours`);
  await expect(notice).toBeVisible();
  const first = linkIn(await mailbox.waitFor(person.email, "Confirm your email address"), "/verify-address");
  // Before the page has been taken over the click leads to the settings, whose words are others.
  await takenOver(page);
  await page.getByRole("button", { name: "Send again" }).click();
  await expect(page.getByText(`A new link is on its way to ${person.email}.`)).toBeVisible();
  const second = linkIn(await mailbox.waitFor(person.email, "Confirm your email address", 2), "/verify-address");

  // Programs that look through mails open links; that alone does nothing.
  const stranger = await otherBrowser.newPage();
  await stranger.goto(second);
  await expect(heading(stranger)).toHaveText("Confirm your address");
  await page.reload();
  await expect(notice).toBeVisible();

  await stranger.goto(first);
  await stranger.getByRole("button", { name: "Confirm this address" }).click();
  await expect(stranger.getByRole("alert")).toContainText("This link does not work any more.");
  await stranger.goto(second);
  await stranger.getByRole("button", { name: "Confirm this address" }).click();
  await expect(stranger.getByText("Your address is confirmed.")).toBeVisible();
  await goTo(page, "Settings");
  await page.reload();
  await expect(fact(page, "E-mail")).toContainText("Confirmed");
  await expect(notice).toBeHidden();
  await stranger.goto(second);
  await stranger.getByRole("button", { name: "Confirm this address" }).click();
  await expect(stranger.getByRole("alert")).toContainText("This link does not work any more.");
});

test("a colleague is invited, joins, hears of a new sign-in, and is removed", async ({ page, mailbox, otherBrowser, browser, baseURL }) => {
  const ada = await signUp(page);
  const bob = newPerson();
  await goTo(page, "Members");
  await page.getByLabel("E-mail").fill(bob.email);
  await page.getByRole("button", { name: "Send invitation" }).click();
  await expect(page.getByText("Confirm your own e-mail address before you invite others")).toBeVisible();
  await confirmAddress(page, mailbox, ada);
  await invite(page, bob.email);
  await expect(rows(page, "Invitations")).toContainText(bob.email);
  await expect(rows(page, "Invitations")).toContainText("Open");

  const colleague = await otherBrowser.newPage();
  await colleague.goto(linkIn(await mailbox.waitFor(bob.email, "You are invited to Ada & Company"), "/accept-invitation"));
  await expect(colleague.getByText(`sign in with ${bob.email}`)).toBeVisible();
  await colleague.getByLabel("Password").fill("short");
  await colleague.getByRole("button", { name: "Join" }).click();
  await expect(colleague.getByText("have at least 10 characters")).toBeVisible();
  await colleague.getByLabel("Password").fill(bob.password);
  await colleague.getByRole("button", { name: "Join" }).click();
  await expect(heading(colleague)).toHaveText("Overview");
  await expect(colleague.getByText("Ada & Company")).toBeVisible();
  await expect(colleague.getByText(/^Confirm that/)).toBeHidden();

  // From a browser that the account has not seen.
  const elsewhere = await browser.newContext({ baseURL });
  const telephone = await elsewhere.newPage();
  await telephone.goto("/sign-in");
  await fillSignIn(telephone, bob.email, bob.password);
  await expect(heading(telephone)).toHaveText("Overview");
  const told = await mailbox.waitFor(bob.email, "New sign-in to your account");
  expect(told.text).toContain("Browser: Chrome on");
  expect(linkIn(told, "/settings")).toBe("/settings");
  // From one that it has: nothing, or this would be the second of the kind.
  await colleague.getByRole("button", { name: "Sign out" }).click();
  await expect(heading(colleague)).toHaveText("Sign in");
  await fillSignIn(colleague, bob.email, bob.password);
  await expect(heading(colleague)).toHaveText("Overview");
  expect(mailbox.count(bob.email, "New sign-in")).toBe(1);

  await goTo(page, "Members");
  await page.reload();
  await expect(rows(page, "Members")).toHaveCount(2);
  const row = rows(page, "Members").filter({ hasText: bob.email });
  await row.getByRole("link", { name: "Remove" }).click();
  await expect(page.getByRole("dialog")).toContainText(`Remove ${bob.email}?`);
  await page.getByRole("dialog").getByRole("button", { name: "Remove member" }).click();
  await expect(page.getByText("Member removed.")).toBeVisible();
  await expect(rows(page, "Members")).toHaveCount(1);
  for (const gone of [colleague, telephone]) {
    await gone.goto("/overview");
    await expect(heading(gone)).toHaveText("Sign in");
  }
  await elsewhere.close();
});

test("an invitation is revoked, and says so to whoever follows it", async ({ page, mailbox, otherBrowser }) => {
  const ada = await signUp(page);
  await confirmAddress(page, mailbox, ada);
  await goTo(page, "Members");
  const bob = newPerson();
  await invite(page, bob.email);
  const link = linkIn(await mailbox.waitFor(bob.email, "You are invited"), "/accept-invitation");
  await page.getByLabel("E-mail").fill(bob.email);
  await page.getByRole("button", { name: "Send invitation" }).click();
  await expect(page.getByLabel("E-mail")).toHaveAccessibleDescription(/has an invitation already/i);
  await rows(page, "Invitations").getByRole("link", { name: "Revoke" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke invitation" }).click();
  await expect(page.getByText("Invitation revoked.")).toBeVisible();
  await expect(page.getByRole("table", { name: "Invitations" })).toBeHidden();
  const stranger = await otherBrowser.newPage();
  await stranger.goto(link);
  await expect(stranger.getByText("This invitation does not work any more.")).toBeVisible();
});

test("one's address and password change in the settings", async ({ page, mailbox, otherBrowser }) => {
  const ada = await signUp(page);
  const other = newPerson().email;
  const elsewhere = await otherBrowser.newPage();
  await elsewhere.goto("/sign-in");
  await fillSignIn(elsewhere, ada.email, ada.password);
  await expect(heading(elsewhere)).toHaveText("Overview");

  await goTo(page, "Settings");
  const password = section(page, "Password");
  await password.getByLabel("Current password").fill("not my password");
  await password.getByLabel("New password").fill("another fish, another line");
  await password.getByRole("button", { name: "Change password" }).click();
  await expect(password.getByLabel("Current password")).toHaveAccessibleDescription(/is not your password/i);
  await password.getByLabel("Current password").fill(ada.password);
  await password.getByLabel("New password").fill("another fish, another line");
  await password.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText("Password changed.")).toBeVisible();
  await elsewhere.goto("/overview");
  await expect(heading(elsewhere)).toHaveText("Sign in");

  const address = section(page, "E-mail address");
  await address.getByLabel("New address").fill(other);
  await address.getByLabel("Your password").fill("another fish, another line");
  await address.getByRole("button", { name: "Send the link" }).click();
  await expect(address.getByText(`The link to ${other} waits to be used.`)).toBeVisible();
  await mailbox.waitFor(ada.email, "about to get another address");
  await elsewhere.goto(linkIn(await mailbox.waitFor(other, "Confirm your email address"), "/verify-address"));
  await elsewhere.getByRole("button", { name: "Confirm this address" }).click();
  await expect(elsewhere.getByText("Your address is confirmed.")).toBeVisible();
  await page.reload();
  await expect(fact(page, "E-mail")).toContainText(other);
  await elsewhere.goto("/sign-in");
  await fillSignIn(elsewhere, other, "another fish, another line");
  await expect(heading(elsewhere)).toHaveText("Overview");
});
