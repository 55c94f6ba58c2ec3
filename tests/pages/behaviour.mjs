// What the script adds, tried on the samples.
import { AxeBuilder } from "@axe-core/playwright";

export async function behaviour(chromium, origin, report) {
  const context = await chromium.newContext({ reducedMotion: "reduce" });
  const stories = { menu, password, strength, oneTime, selection, confirmation, dialog, refusedInDialog, doneInDialog, filters, goingOn };
  for (const [name, story] of Object.entries(stories)) {
    const page = await context.newPage();
    const found = [];
    page.on("pageerror", (error) => found.push(String(error)));
    page.on("console", (message) => {
      const expected = message.text().includes("422");
      if (message.type() === "error" && !expected) found.push(message.text());
    });
    page.setDefaultTimeout(5000);
    const holds = (what, truth) => truth || found.push(`not so: ${what}`);
    try {
      await story(page, origin, holds);
    } catch (error) {
      found.push(String(error));
    }
    report("script", name, found);
    await page.close();
  }
  await context.close();
}

async function menu(page, origin, holds) {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${origin}/users.html`);
  const list = page.getByRole("link", { name: "Audit Log" });
  holds("the menu is closed", await list.isHidden());
  await page.getByRole("button", { name: "Menu", exact: true }).click();
  holds("the menu is open", await list.isVisible());
  const { violations } = await new AxeBuilder({ page }).analyze();
  holds(`axe finds nothing (${violations.map(({ id }) => id)})`, violations.length === 0);
  await page.getByRole("button", { name: "Close menu" }).click();
  holds("the menu is closed again", await list.isHidden());
}

async function password(page, origin, holds) {
  await page.goto(`${origin}/login.html`);
  const field = page.locator("#password");
  await field.fill("correct horse");
  await page.getByRole("button", { name: "Show password" }).click();
  holds("the password is shown", await field.getAttribute("type") === "text");
  holds("it is said", await page.locator("#password-state").textContent() === "Your password is visible");
  await page.getByRole("button", { name: "Hide password" }).click();
  holds("the password is hidden", await field.getAttribute("type") === "password");
}

async function strength(page, origin, holds) {
  const asked = [];
  await page.route("**/password-strength", (route) => {
    const typed = new URLSearchParams(route.request().postData());
    asked.push(Object.fromEntries(typed));
    const strong = typed.get("password").length > 20;
    route.fulfill({ json: strong
      ? { score: 4, label: "Strong", problems: [], unmet: [], ok: true }
      : { score: 0, label: "Weak", problems: ["Choose a password with at least 15 characters"], unmet: ["length"], ok: false } });
  });
  for (const [name, id] of [["signup", "password"], ["setup", "password"], ["reset", "password"],
    ["password", "password"], ["user-edit-errors", "edit-password"]]) {
    asked.length = 0;
    await page.goto(`${origin}/${name}.html`);
    const [field, meter] = [page.locator(`#${id}`), page.locator("[data-strength]")];
    holds(`${name}: no meter before anything is typed`, await meter.isHidden());
    await field.pressSequentially("kettle", { delay: 20 });
    await meter.waitFor();
    holds(`${name}: asked once for what was typed in one go`, asked.length === 1 && asked[0].password === "kettle");
    holds(`${name}: the word`, (await meter.locator("output").textContent()) === "Weak Choose a password with at least 15 characters.");
    holds(`${name}: the rule is not kept`, await page.locator("[data-rule=length]").getAttribute("data-met") === null);
    holds(`${name}: the others are`, await page.locator("[data-rule=personal]").getAttribute("data-met") !== null);
    await field.fill("kettle-sparrow-ninety");
    await page.getByText("Strong").waitFor();
    holds(`${name}: the bar`, await meter.locator("meter").evaluate((bar) => bar.value) === 4);
    await field.fill("");
    await meter.waitFor({ state: "hidden" });
    holds(`${name}: nothing is asked about nothing`, asked.length === 2);
  }
}

async function oneTime(page, origin, holds) {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"], { origin });
  await page.goto(`${origin}/user-one-time.html`);
  await page.getByRole("button", { name: "Copy" }).click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  const shown = await page.locator("#one-time").inputValue();
  holds("the password is copied", await page.evaluate(() => navigator.clipboard.readText()) === shown);
  holds("it is said", await page.locator("#one-time-state").textContent() === "Copied");
}

async function selection(page, origin, holds) {
  await page.goto(`${origin}/users.html`);
  const activate = page.getByRole("button", { name: "Activate selected" });
  holds("nothing can be done with nothing", await activate.isDisabled());
  await page.getByLabel("Select all pending users").check();
  holds("all are counted", await page.locator("#bulk-count").textContent() === "4 selected");
  await page.getByLabel("Select jh.yoon").uncheck();
  holds("some are counted", await page.locator("#bulk-count").textContent() === "3 selected");
  holds("some are neither all nor none", await page.getByLabel("Select all pending users").evaluate((box) => box.indeterminate));
  holds("the rest can be activated", await activate.isEnabled());
}

async function confirmation(page, origin, holds) {
  await page.goto(`${origin}/user-delete.html`);
  const button = page.getByRole("button", { name: "Delete user" });
  holds("it waits for the name", await button.isDisabled());
  await page.locator("#delete-confirm").fill("lucas.ferreira");
  holds("the name opens it", await button.isEnabled());
}

async function opened(page, origin) {
  await page.goto(`${origin}/users.html`);
  await page.getByRole("link", { name: "Edit amelia.chen" }).click();
  await page.getByRole("dialog").waitFor();
}

async function dialog(page, origin, holds) {
  await opened(page, origin);
  holds("the title has the focus", await page.evaluate(() => document.activeElement.id) === "sheet-title");
  const { violations } = await new AxeBuilder({ page }).analyze();
  holds(`axe finds nothing (${violations.map(({ id }) => id)})`, violations.length === 0);
  await page.getByRole("dialog").getByRole("link", { name: "Delete user" }).click();
  await page.getByText("Deleting permanently").waitFor();
  holds("Cancel has the focus", await page.evaluate(() => document.activeElement.textContent) === "Cancel");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  holds("the focus is back", await page.evaluate(() => document.activeElement.textContent) === "Edit amelia.chen");
}

async function refusedInDialog(page, origin, holds) {
  await opened(page, origin);
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.getByText("There is a problem").waitFor();
  holds("the summary has the focus", await page.evaluate(() => document.activeElement.getAttribute("role")) === "alert");
  holds("it is still the dialog", await page.getByRole("dialog").isVisible());
}

async function doneInDialog(page, origin, holds) {
  await opened(page, origin);
  await page.getByRole("button", { name: "End all sessions" }).click();
  await page.getByText("amelia.chen deactivated").waitFor();
  holds("the address is that of the list", new URL(page.url()).pathname === "/users-deactivated.html");
  holds("the dialog is closed", await page.getByRole("dialog").count() === 0);
  await page.getByRole("link", { name: "Edit amelia.chen" }).click();
  await page.getByRole("dialog").waitFor();
}

async function filters(page, origin, holds) {
  await page.goto(`${origin}/users.html`);
  await page.locator("#status").selectOption("inactive");
  await page.waitForURL((url) => url.searchParams.get("status") === "inactive");
  holds("the filter is in the address", true);
}

async function goingOn(page, origin, holds) {
  await page.goto(`${origin}/continue.html`);
  await page.waitForURL((url) => url.pathname === "/signed-out");
  holds("the page goes on by itself", true);
}
