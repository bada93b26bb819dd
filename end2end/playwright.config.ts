// Journeys through the product in a real browser. `cargo xtask test` runs them; `npm test` does too, once the server
// and the front end are built.

import { defineConfig, devices } from "@playwright/test";

const chromium = {
  ...devices["Desktop Chrome"],
  launchOptions: {
    executablePath: process.env.HOOKREEL_CHROMIUM ?? "/usr/bin/chromium",
    // The browser may run as root in a container, where its sandbox cannot; it opens nothing but what is tested.
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
  },
};

const withoutJavaScript = /without_javascript\.spec\.ts/;
const screenshots = /screenshots\.spec\.ts/;

// Pictures are for people to look at: they are taken when asked for and never compared.
const pictures = process.env.HOOKREEL_SCREENSHOTS
  ? [{ name: "screenshots", testMatch: screenshots, timeout: 600_000, use: chromium }]
  : [];

export default defineConfig({
  testDir: "journeys",
  outputDir: "test-results",
  // Every test has a server and a database of its own.
  fullyParallel: true,
  workers: 2,
  retries: 0,
  forbidOnly: true,
  // Far above what a journey takes: it is for machines that are several times slower, and for what hangs.
  timeout: 240_000,
  // What the page shows follows what the server does: retries, handlers and looks that come every few seconds. On a busy
  // machine that takes a while.
  expect: { timeout: 30_000 },
  reporter: [["list"]],
  use: { actionTimeout: 30_000, navigationTimeout: 60_000, trace: "retain-on-failure", locale: "en-GB" },
  projects: [
    { name: "chromium", testIgnore: [withoutJavaScript, screenshots], use: chromium },
    { name: "no-javascript", testMatch: withoutJavaScript, use: { ...chromium, javaScriptEnabled: false } },
    ...pictures,
  ],
});
