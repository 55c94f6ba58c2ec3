// Usage: node shots.mjs <preview folder> <picture folder> [part of a name ...]
// Pictures of the pages: wide and narrow, light and dark.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { browser, names, serve } from "./preview.mjs";

const [folder, out, ...parts] = process.argv.slice(2);
if (!out) {
  console.error("usage: node shots.mjs <preview folder> <picture folder> [part of a name ...]");
  process.exit(2);
}
await mkdir(out, { recursive: true });
const { origin, close } = await serve(folder);
const chromium = await browser();
const wanted = (name) => parts.length === 0 || parts.includes(name);
for (const [kind, width, height] of [["d", 1440, 900], ["m", 390, 844]]) {
  for (const colorScheme of ["light", "dark"]) {
    const context = await chromium.newContext({ viewport: { width, height }, colorScheme, reducedMotion: "reduce" });
    const page = await context.newPage();
    for (const name of await names(folder)) {
      if (!wanted(name) || /-fragment/.test(name) || name.startsWith("continue")) continue;
      await page.goto(`${origin}/${name}.html`);
      await page.screenshot({ path: join(out, `${name}.${kind}-${colorScheme}.png`), fullPage: true });
    }
    for (const [name, link] of [["dialog-edit", "Edit amelia.chen"], ["dialog-delete", "Delete amelia.chen"]]) {
      if (!wanted(name)) continue;
      await page.goto(`${origin}/users.html`);
      await page.getByRole("link", { name: link }).click();
      await page.getByRole("dialog").waitFor();
      await page.screenshot({ path: join(out, `${name}.${kind}-${colorScheme}.png`) });
    }
    await context.close();
  }
}
await chromium.close();
close();
