// Usage: node check.mjs <preview folder> [part of a name]
// Every page: axe (the first of a family in both themes and both widths, the others in one of each, in Korean once a
// family), html-validate, no sideways scrolling from 320 to 1920, nothing on the console and no report of the
// policy. Then what the script adds.
import { AxeBuilder } from "@axe-core/playwright";
import { HtmlValidate } from "html-validate";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { behaviour } from "./behaviour.mjs";
import { browser, names, serve } from "./preview.mjs";

const [folder, part = ""] = process.argv.slice(2);
if (!folder) {
  console.error("usage: node check.mjs <preview folder> [part of a name]");
  process.exit(2);
}

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"];
const LOOKS = [1440, 390].flatMap((width) => ["light", "dark"].map((colorScheme) => ({ width, colorScheme })));
const WIDTHS = [320, 360, 414, 480, 560, 640, 720, 800, 960, 1080, 1200, 1366, 1920];
const validator = new HtmlValidate({
  root: true,
  extends: ["html-validate:recommended", "html-validate:a11y"],
  rules: {
    // The pages are written by a program, without line breaks between tags.
    "long-title": "off",
    // `id` is sent once for every selected row.
    "form-dup-name": "off",
    // The page after signing in goes on at once, as WCAG allows.
    "meta-refresh": "off",
    // Our own files come from our own origin.
    "require-sri": "off",
  },
});

let passed = 0;
let failed = 0;
function report(name, what, findings) {
  if (findings.length === 0) return void (passed += 1);
  failed += 1;
  console.log(`FAIL ${name}: ${what}`);
  for (const finding of findings) console.log(`     ${finding}`);
}

async function markup(name) {
  const { results } = await validator.validateString(await readFile(join(folder, `${name}.html`), "utf8"));
  report(name, "html", results.flatMap((result) =>
    result.messages.map(({ ruleId, message, line, column }) => `${ruleId} ${message} (${line}:${column})`)));
}

const families = new Map();

async function look(page, origin, name, noise) {
  noise.length = 0;
  await page.goto(`${origin}/${name}.html`);
  // Pages of one family differ little: the first is looked at in both themes and both widths, each with each, the
  // others once, in turn light and wide or dark and narrow. In Korean the words differ and nothing else: every rule
  // once for each family, where room is scarce. That nothing is too wide, for every page.
  const isKorean = name.endsWith("-ko");
  const family = `${name.split("-")[0]}${isKorean ? "-ko" : ""}`;
  const others = families.get(family);
  families.set(family, (others ?? -1) + 1);
  const either = [[LOOKS[0]], [LOOKS[3]]];
  const isFirst = others === undefined;
  const looks = isKorean ? (isFirst ? [LOOKS[3]] : []) : isFirst ? LOOKS : either[others % 2];
  for (const { width, colorScheme } of looks) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.setViewportSize({ width, height: 900 });
    // A theme changes colours and nothing else: at each width every rule once, and contrast in both themes.
    const axe = new AxeBuilder({ page });
    const whole = (colorScheme === "light") === (width === 1440);
    const { violations } = await (whole ? axe.withTags(TAGS) : axe.withRules(["color-contrast", "target-size"])).analyze();
    report(name, `axe ${colorScheme} ${width}`, violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} ${target.join(" ")} ${failureSummary.replace(/\s+/g, " ")}`)));
  }
  const wide = [];
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (over > 0) wide.push(`${over}px too wide at ${width}`);
  }
  report(name, "width", wide);
  report(name, "console", [...noise]);
}

const { origin, close } = await serve(folder);
const chromium = await browser();
const all = (await names(folder)).filter((name) => name.includes(part));
const pages = all.filter((name) => !/-fragment(-ko)?$/.test(name));
for (const name of all) await markup(name);

// The page that goes on would leave before it is looked at.
const held = (name) => !name.startsWith("continue");
const queue = [...pages];
await Promise.all([1, 2].map(async () => {
  const context = await chromium.newContext();
  const page = await context.newPage();
  const noise = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) noise.push(message.text());
  });
  page.on("pageerror", (error) => noise.push(String(error)));
  for (let name = queue.shift(); name; name = queue.shift()) {
    if (held(name)) await look(page, origin, name, noise);
    if (queue.length % 25 === 0) console.error(`${queue.length} of ${pages.length} pages left`);
  }
  await context.close();
}));
if (part === "" || part === "behaviour") await behaviour(chromium, origin, report);
await chromium.close();
close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
