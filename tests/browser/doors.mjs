// Many doors, one number: two applications on other subdomains, one behind nginx and one behind narthex's own
// proxy, and narthex's own pages, in one browser that signs in once.
import assert from "node:assert/strict";

const OWN = "__Host-narthex";
const WIDE = "__Secure-narthex";

export async function doors({ step, open, stage, signIn, says, person }) {
  const { auth, wiki, notes } = stage;
  const tell = (name, act) => step(`doors: ${name}`, act);
  const page = await open();
  const context = page.context();
  const reached = () => [stage.seen(), stage.notesSeen()];
  const cookie = async (name) => (await context.cookies(auth)).find((kept) => kept.name === name);

  await tell("whoever signs in once opens both applications", async () => {
    await page.goto(`${auth}/login?local=1`);
    await signIn(page, person);
    await page.waitForURL(`${auth}/account`);
    await page.goto(`${wiki}/handbook?page=7`);
    await says(page, "The handbook");
    await page.goto(`${notes}/today?page=8`);
    await says(page, "The notes");
    for (const [seen, url] of [[stage.lastSeen(), "/handbook?page=7"], [stage.notesLastSeen(), "/today?page=8"]]) {
      assert.equal(seen.url, url);
      assert.equal(seen.headers["remote-user"], person.login);
      assert.ok(!(seen.headers.cookie ?? "").includes("narthex"), seen.headers.cookie);
    }
  });

  await tell("the cookies are those of a real deployment, and no script sees them", async () => {
    const [own, wide] = [await cookie(OWN), await cookie(WIDE)];
    assert.equal(own.domain, new URL(auth).host);
    assert.equal(wide.domain, ".example.com");
    assert.ok([own, wide].every((kept) => kept.secure && kept.httpOnly && kept.sameSite === "Lax"));
    assert.ok(own.value.startsWith(`${wide.value}.`), "the wide one is half of it");
    for (const place of [`${notes}/scripts`, `${auth}/account`]) {
      await page.goto(place);
      assert.ok(!(await page.evaluate(() => document.cookie)).includes("narthex"), place);
    }
  });

  await tell("the wide cookie alone opens the applications and no page of ours", async () => {
    const own = await cookie(OWN);
    await context.clearCookies({ name: OWN });
    assert.ok(await cookie(WIDE));
    for (const path of ["/account", "/account/password", "/admin/users"]) {
      await page.goto(auth + path);
      assert.equal(new URL(page.url()).pathname, "/login", path);
    }
    const form = { current_password: person.password, new_password: "an-otter-of-somebody-else" };
    for (const path of ["/account/password", "/account/sign-out-everywhere", "/account/sessions/end-others"]) {
      const end = await page.evaluate(async ([place, fields]) => {
        const answer = await fetch(place, { method: "POST", body: new URLSearchParams(fields) });
        return answer.url;
      }, [path, form]);
      assert.equal(new URL(end).pathname, "/login", path);
    }
    assert.ok(!(await cookie(OWN)), "nothing of that gives the other half back");
    await page.goto(`${wiki}/handbook`);
    await says(page, "The handbook");
    await page.goto(`${notes}/today`);
    await says(page, "The notes");
    await context.addCookies([own]);
  });

  await tell("whoever signs out is out at both, at the next request, with copied cookies too", async () => {
    const copied = await open();
    await copied.context().addCookies(await context.cookies());
    await copied.goto(`${notes}/copied`);
    await says(copied, "The notes");
    await page.goto(`${auth}/account`);
    await page.locator("form[action='/logout'] button").first().click();
    await page.waitForURL(`${auth}/signed-out`);
    const before = reached();
    for (const visitor of [page, copied]) {
      for (const place of [`${wiki}/handbook`, `${notes}/today`]) {
        await visitor.goto(place);
        assert.equal(new URL(visitor.url()).pathname, "/login", place);
        assert.equal(new URL(visitor.url()).searchParams.get("rd"), place);
      }
    }
    assert.deepEqual(reached(), before, "nothing reached the applications");
    await copied.context().close();
  });

  await tell("and comes back to the application that asked", async () => {
    await page.goto(`${notes}/today?page=9`);
    await signIn(page, person);
    await page.waitForURL(`${notes}/today?page=9`);
    await says(page, "The notes");
    const other = `${auth}/login?local=1&rd=${encodeURIComponent("https://evilapps.example.com/")}`;
    await page.context().clearCookies();
    await page.goto(other);
    await signIn(page, person);
    await page.waitForURL(`${auth}/account`);
  });

  await context.close();
}
