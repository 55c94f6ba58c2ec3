// One story in a real browser: nginx as it ships in front, the certified OpenID Provider behind, narthex with
// a config file in between. Then every page that was met is looked at again.
//
//   NARTHEX_TEST_BINARY=target/debug/narthex node tests/browser/walk.mjs
//
// NARTHEX_TEST_SHOTS names a folder for screenshots. Prints a line for each step, then "N passed, N failed".
import { AxeBuilder } from "@axe-core/playwright";
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { doors } from "./doors.mjs";
import { EMPLOYEE, start } from "./stage.mjs";

const SUPERUSER = { login: "root", password: "kettle-sparrow-ninety" };
const APPLICANT = { email: "maya@outside.example", name: "Maya Okafor", password: "harvest-lantern-seventy" };
const SHOTS = process.env.NARTHEX_TEST_SHOTS;
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"];
const LOOKS = [1440, 390].flatMap((width) => ["light", "dark"].map((colorScheme) => ({ width, colorScheme })));

let passed = 0;
let failed = 0;
async function step(name, act) {
  try {
    await act();
    passed += 1;
    console.log(`ok   ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL ${name}\n     ${String(error.stack ?? error).replaceAll("\n", "\n     ")}`);
  }
}

const stage = await start(SUPERUSER);
const chrome = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox", "--headless", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
    `--host-resolver-rules=${stage.resolverRules}`,
  ],
});

// What a page writes on the console, besides that an answer was no 2xx, is a mistake of ours: a violated
// policy, a missing file, an error in the script.
const noise = [];
const EXPECTED = /the server responded with a status of (400|401|403|404|409|422|503)/;
async function open(options = {}) {
  const context = await chrome.newContext({ ignoreHTTPSErrors: true, reducedMotion: "reduce", locale: "en-GB", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type()) && !EXPECTED.test(message.text())) {
      noise.push(`${page.url()}: ${message.text()}`);
    }
  });
  page.on("pageerror", (error) => noise.push(`${page.url()}: ${error}`));
  return page;
}

const { auth, wiki } = stage;

async function signIn(page, { login, password }) {
  if (!page.url().includes("/login")) await page.goto(`${auth}/login?local=1`);
  await page.fill("input[name=login]", login);
  await page.fill("input[name=password]", password);
  await page.click("form[action='/login'] button[type=submit]");
}

async function shot(page, name) {
  if (!SHOTS) return;
  await mkdir(SHOTS, { recursive: true });
  await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
}

// Waits for the words: a dialog's answer may still be on its way.
async function says(page, words) {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const text = (await page.locator("body").innerText()).replace(/\s+/g, " ");
    if (text.includes(words)) return;
    assert.ok(Date.now() < deadline, `"${words}" is not on ${page.url()}: ${text.slice(0, 600)}`);
    await page.waitForTimeout(100);
  }
}

// --- the story, once with and once without JavaScript --------------------------------------------------

async function story(kind, applicant, options) {
  const outsider = await open(options);
  const admin = await open(options);
  const employee = await open(options);
  const tell = (name, act) => step(`${kind}: ${name}`, act);

  await tell("a stranger who opens the application is shown the sign-in page", async () => {
    await outsider.goto(`${wiki}/handbook?page=1`);
    assert.equal(new URL(outsider.url()).origin, auth);
    await says(outsider, new URL(wiki).host);
    await shot(outsider, `${kind}-login`);
  });

  await tell("an applicant signs up", async () => {
    await outsider.click("a[href='/signup']");
    await outsider.fill("input[name=email]", applicant.email);
    await outsider.fill("input[name=display_name]", applicant.name);
    await outsider.fill("input[name=password]", applicant.password);
    await outsider.fill("[name=reason]", "To read the handbook");
    await shot(outsider, `${kind}-signup`);
    await outsider.click("form[action='/signup'] button[type=submit]");
    await outsider.waitForURL(`${auth}/signup/received`);
    await says(outsider, "Application received");
    await shot(outsider, `${kind}-received`);
  });

  await tell("and is refused until somebody has decided", async () => {
    await signIn(outsider, { login: applicant.email, password: applicant.password });
    await says(outsider, "Your application awaits approval");
    await shot(outsider, `${kind}-pending`);
    await outsider.goto(`${wiki}/handbook`);
    assert.equal(new URL(outsider.url()).origin, auth);
  });

  await tell("a superuser signs in and sees the counter", async () => {
    await signIn(admin, SUPERUSER);
    await admin.waitForURL(`${auth}/account`);
    await admin.goto(`${auth}/admin/users`);
    await says(admin, "Pending Approval");
    const card = admin.locator("section[aria-label] >> text=Pending Approval").first().locator("xpath=ancestor-or-self::*[self::li or self::div or self::article or self::a][1]");
    assert.match((await card.innerText()).replace(/\s+/g, " "), /\b1\b/, "one waits");
    await says(admin, applicant.name);
    await shot(admin, `${kind}-users`);
  });

  await tell("and activates the applicant", async () => {
    const row = admin.locator("tr", { hasText: applicant.email }).first();
    await row.getByRole("button", { name: /^Activate/ }).click();
    await admin.waitForURL(`${auth}/admin/users`);
    await says(admin, "can sign in now");
    await shot(admin, `${kind}-activated`);
  });

  await tell("the applicant signs in and is taken to the application through nginx", async () => {
    await outsider.goto(`${wiki}/handbook?page=1`);
    await signIn(outsider, { login: applicant.email, password: applicant.password });
    await outsider.waitForURL(`${wiki}/handbook?page=1`);
    await says(outsider, "The handbook");
    const seen = stage.lastSeen();
    assert.equal(seen.url, "/handbook?page=1");
    assert.equal(seen.headers["remote-email"], applicant.email);
    assert.ok(seen.headers["remote-user"], "who it is");
    assert.ok(!(seen.headers.cookie ?? "").includes("narthex"), "no secret of ours reaches the application");
    await shot(outsider, `${kind}-application`);
  });

  await tell("an employee opens the same page through single sign-on, with no form of ours", async () => {
    const ours = [];
    employee.on("request", (request) => {
      if (request.url().startsWith(auth) && request.method() !== "GET") ours.push(request.url());
    });
    await employee.goto(`${wiki}/handbook?page=2`);
    await employee.click("a[href^='/oidc/corp']");
    await stage.passProvider(employee);
    await employee.waitForURL(`${wiki}/handbook?page=2`);
    await says(employee, "The handbook");
    assert.deepEqual(ours, [], "nothing was posted to us");
    assert.equal(stage.lastSeen().headers["remote-email"], EMPLOYEE.email);
  });

  await tell("forged identity headers reach nobody", async () => {
    await outsider.setExtraHTTPHeaders({ "Remote-User": "root", "Remote_User": "root", "X-Narthex-Subject": "1" });
    await outsider.goto(`${wiki}/forged`);
    const { headers } = stage.lastSeen();
    assert.notEqual(headers["remote-user"], "root");
    assert.ok(!Object.keys(headers).some((name) => name.includes("_")), JSON.stringify(headers));
    assert.notEqual(headers["x-narthex-subject"], "1");
    await outsider.setExtraHTTPHeaders({});
  });

  await tell("a standard user finds no admin section", async () => {
    const answer = await outsider.goto(`${auth}/admin/users`);
    assert.equal(answer.status(), 404);
    await outsider.goto(`${auth}/account`);
    assert.equal(await outsider.locator("a[href^='/admin']").count(), 0);
    await shot(outsider, `${kind}-account`);
  });

  await tell("a forgotten password is replaced by a mailed link, which ends every session", async () => {
    const forgetful = await open(options);
    await forgetful.goto(`${auth}/login?local=1`);
    await forgetful.click("a[href^='/forgot-password']");
    await forgetful.fill("input[name=email]", applicant.email);
    await forgetful.click("form[action='/forgot-password'] button[type=submit]");
    await forgetful.waitForURL(`${auth}/forgot-password/sent`);
    await forgetful.goto(await stage.mailedLink(applicant.email, "/reset-password"));
    await shot(forgetful, `${kind}-reset`);
    applicant = { ...applicant, password: `${applicant.password}-anew` };
    await forgetful.fill("input[name=new_password]", applicant.password);
    await forgetful.click("form[action='/reset-password'] button[type=submit]");
    await forgetful.waitForURL((url) => url.pathname === "/login");
    await says(forgetful, "Your password was changed");
    await outsider.goto(`${wiki}/handbook?page=4`);
    assert.equal(new URL(outsider.url()).origin, auth, "sessions of before are over");
    await signIn(outsider, { login: applicant.email, password: applicant.password });
    await outsider.waitForURL(`${wiki}/handbook?page=4`);
    await forgetful.context().close();
  });

  await tell("the superuser deactivates the applicant", async () => {
    await admin.goto(`${auth}/admin/users?q=${encodeURIComponent(applicant.email)}`);
    await admin.locator("tr", { hasText: applicant.email }).last().getByRole("link", { name: /^Edit/ }).click();
    const form = admin.locator("form:has(input[name=version])");
    await form.locator("select[name=status]").selectOption("inactive");
    await shot(admin, `${kind}-edit`);
    await form.getByRole("button", { name: "Save changes" }).click();
    await admin.waitForURL((url) => url.pathname === "/admin/users");
    await says(admin, "deactivated");
  });

  await tell("and the very next click is refused", async () => {
    const before = stage.seen();
    await outsider.goto(`${wiki}/handbook?page=3`);
    assert.equal(new URL(outsider.url()).origin, auth);
    assert.equal(stage.seen(), before, "nothing reached the application");
    await signIn(outsider, { login: applicant.email, password: applicant.password });
    await says(outsider, "inactive");
    await shot(outsider, `${kind}-inactive`);
  });

  await tell("the superuser deletes the account, with the name typed", async () => {
    await admin.goto(`${auth}/admin/users?q=${encodeURIComponent(applicant.email)}`);
    await admin.locator("tr", { hasText: applicant.email }).last().getByRole("link", { name: /^Delete/ }).click();
    const form = admin.locator("form:has(input[name=confirm])");
    const name = await admin.locator("form:has(input[name=confirm]) label strong").first().innerText();
    await form.locator("input[name=confirm]").fill(name);
    await shot(admin, `${kind}-delete`);
    await form.getByRole("button", { name: "Delete user" }).click();
    await admin.waitForURL((url) => url.pathname === "/admin/users");
    await says(admin, "deleted");
  });

  await tell("everybody signs out", async () => {
    await admin.goto(`${auth}/account`);
    await admin.locator("form[action='/logout'] button").first().click();
    await admin.waitForURL(`${auth}/signed-out`);
    await shot(admin, `${kind}-signed-out`);
    await admin.goto(`${auth}/admin/users`);
    assert.equal(new URL(admin.url()).pathname, "/login");
  });

  for (const page of [outsider, admin, employee]) await page.context().close();
}

await story("script", APPLICANT, {});
await story("no-script", { ...APPLICANT, email: "noor@outside.example", name: "Noor Haddad" }, { javaScriptEnabled: false });

// --- one session behind many doors ---------------------------------------------------------------------

const CAROL = { login: "carol", password: "a-third-harbour-lantern" };
await stage.narthex(["user", "add", "--username", CAROL.login, "--email", "carol@people.example", "--password-stdin"], CAROL.password);
await doors({ step, open, stage, signIn, says, person: CAROL });

// --- every page, in both themes and widths -------------------------------------------------------------

async function look(page, name) {
  for (const { width, colorScheme } of LOOKS) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await shot(page, `page-${name}-${colorScheme}-${width}`);
    const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
    const found = violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id} at ${target.join(" ")}`));
    assert.deepEqual(found, [], `axe, ${colorScheme}, ${width}`);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(over <= 0, `${over}px too wide at ${width}`);
  }
}

const stranger = await open();
const boss = await open();
const waiting = { email: "waits@outside.example", name: "Wanda Waits", password: "a-patient-password" };
await step("pages: somebody applies, a superuser is there", async () => {
  await stranger.goto(`${auth}/signup`);
  for (const [field, value] of Object.entries({ email: waiting.email, display_name: waiting.name, password: waiting.password })) {
    await stranger.fill(`[name=${field}]`, value);
  }
  await stranger.click("form[action='/signup'] button[type=submit]");
  await stranger.waitForURL(`${auth}/signup/received`);
  await signIn(boss, SUPERUSER);
  await boss.waitForURL(`${auth}/account`);
});
const users = JSON.parse(await stage.narthex(["user", "list", "--json"]));
const id = (email) => users.find((user) => user.email === email)?.id;
const [applicant, employee] = [id(waiting.email), id(EMPLOYEE.email)];

// --- a role is handed out, used, and taken back; a password that was set is changed --------------------

const helper = await open();
const HELPER = { login: "helper", password: "a-first-otter-lantern", next: "a-second-otter-lantern" };
await step("delegation: a role is made and given", async () => {
  await stage.narthex(["user", "add", "--username", "helper", "--email", "helper@people.example", "--password-stdin"], HELPER.password);
  await boss.goto(`${auth}/admin/roles/new`);
  await boss.fill("input[name=name]", "auditor");
  await boss.fill("input[name=display_name]", "Auditor");
  await boss.check("input[name=permission][value='admin.audit:read']");
  await boss.click("form[action='/admin/roles/new'] button[type=submit]");
  await boss.waitForURL(`${auth}/admin/roles/auditor`);
  await boss.fill("textarea[name=people]", "helper");
  await boss.click("form[action='/admin/roles/auditor/people'] button[type=submit]");
  await says(boss, "helper");
});
await step("delegation: its holder sees that menu and no other", async () => {
  await signIn(helper, HELPER);
  await helper.waitForURL(`${auth}/account`);
  await helper.goto(`${auth}/admin`);
  assert.equal(new URL(helper.url()).pathname, "/admin/audit");
  const entries = await helper.locator("nav#nav .menu a").allInnerTexts();
  assert.deepEqual(entries.map((text) => text.trim()), ["Audit Log"]);
  await helper.goto(`${auth}/admin/users`);
  await says(helper, "Page not found");
});
await step("delegation: a password that was set must be changed first", async () => {
  await boss.goto(`${auth}/admin/users?q=helper`);
  await boss.click("a:has-text('Edit helper')");
  const dialog = boss.getByRole("dialog");
  await dialog.locator("summary", { hasText: "Change Password" }).click();
  await dialog.locator("input[name=new_password]").fill("given-otter-lantern");
  await dialog.getByRole("button", { name: "Save changes" }).click();
  await says(boss, "saved");
  await helper.goto(`${auth}/account`);
  await signIn(helper, { ...HELPER, password: "given-otter-lantern" });
  await helper.waitForURL(/\/account\/password/);
  await look(helper, "password-must");
  await helper.fill("input[name=current_password]", "given-otter-lantern");
  await helper.fill("input[name=new_password]", HELPER.next);
  await helper.click("form[action='/account/password'] button[type=submit]");
  await helper.waitForURL(`${auth}/account`);
});
await step("delegation: somebody is signed out, and is out", async () => {
  await boss.goto(`${auth}/admin/sessions?q=helper`);
  await look(boss, "sessions-search");
  await boss.getByRole("button", { name: "Force Logout helper" }).click();
  await says(boss, "helper");
  await helper.goto(`${auth}/account`);
  assert.equal(new URL(helper.url()).pathname, "/login");
});
await step("delegation: a setting is changed, and the chain of all that is verified", async () => {
  await boss.goto(`${auth}/admin/settings`);
  await boss.fill("input[name='dormant.days']", "60");
  await boss.getByRole("button", { name: "Save settings" }).click();
  await says(boss, "saved");
  await boss.goto(`${auth}/admin/audit?event=settings.changed`);
  await says(boss, "dormant.days");
  await boss.getByRole("button", { name: "Verify now" }).click();
  await says(boss, "Chain verified");
});

for (const [name, page, path] of [
  ["login", stranger, "/login"],
  ["login-to-application", stranger, `/login?rd=${encodeURIComponent(`${wiki}/handbook`)}`],
  ["signup", stranger, "/signup"],
  ["received", stranger, "/signup/received"],
  ["signed-out", stranger, "/signed-out"],
  ["not-found", stranger, "/nowhere"],
  ["setup-over", stranger, "/setup?token=x"],
  ["sso-expired", stranger, "/oidc/corp/callback?state=x&code=y"],
  ["account", boss, "/account"],
  ["users", boss, "/admin/users"],
  ["users-none", boss, "/admin/users?q=nobody+at+all&status=inactive"],
  ["edit", boss, `/admin/users/${employee}`],
  ["edit-applicant", boss, `/admin/users/${applicant}`],
  ["delete", boss, `/admin/users/${employee}/delete`],
  ["reject", boss, `/admin/users/${applicant}/delete`],
  ["sessions", boss, "/admin/sessions"],
  ["roles", boss, "/admin/roles"],
  ["role", boss, "/admin/roles/auditor"],
  ["role-new", boss, "/admin/roles/new"],
  ["inspect", boss, "/admin/roles/inspect?user=helper"],
  ["dormant", boss, "/admin/dormant"],
  ["settings", boss, "/admin/settings"],
  ["audit", boss, "/admin/audit"],
  ["password", boss, "/account/password"],
  ["denied", boss, `/denied?rd=${encodeURIComponent(`${wiki}/readers/`)}`],
  ["admin-not-found", boss, "/admin/nothing"],
  ["users-korean", boss, "/admin/users?lang=ko"],
]) {
  await step(`pages: ${name}`, async () => {
    await page.goto(auth + path);
    await look(page, name);
  });
}
await step("pages: sign-in failed, pending, form with errors", async () => {
  await stranger.goto(`${auth}/login?local=1`);
  await signIn(stranger, { login: "nobody", password: "wrong password" });
  await says(stranger, "Sign-in failed");
  await look(stranger, "login-failed");
  await signIn(stranger, { login: waiting.email, password: waiting.password });
  await says(stranger, "awaits approval");
  await look(stranger, "login-pending");
  await stranger.goto(`${auth}/signup`);
  await stranger.locator("form[action='/signup']").evaluate((form) => (form.noValidate = true));
  await stranger.fill("input[name=password]", "short");
  await stranger.click("form[action='/signup'] button[type=submit]");
  await look(stranger, "signup-errors");
});
await step("pages: nothing on any console, no report of the policy", () => assert.deepEqual(noise, []));

await chrome.close();
await stage.end();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
