// What the walk needs around it, all on loopback, in a folder of its own, gone at the end: two sample
// applications, the certified provider, narthex with a config file, and nginx with the shipped nginx.conf.
import { execFile, spawn } from "node:child_process";
import { chmod, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { rmSync } from "node:fs";
import { createServer as createHttp } from "node:http";
import { createServer, connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const BINARY = resolve(process.env.NARTHEX_TEST_BINARY ?? join(ROOT, "target/debug/narthex"));
// Nothing of the surroundings may reach the configuration.
const CLEAN = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("NARTHEX_")));

export const EMPLOYEE = { account: "mina.park", email: "mina.park@corp.example" };

export async function start(superuser) {
  const folder = await mkdtemp(join(tmpdir(), "narthex-walk-"));
  // nginx's workers are another user when this is root.
  await chmod(folder, 0o755);
  const children = [];
  process.on("exit", () => {
    children.forEach((child) => child.kill("SIGTERM"));
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]]) process.on(signal, () => process.exit(code));
  const launch = (name, command, args, options = {}) => {
    const child = spawn(command, args, { cwd: folder, env: CLEAN, stdio: ["pipe", "pipe", "pipe"], ...options });
    child.log = "";
    child.stdout.on("data", (data) => (child.log += data));
    child.stderr.on("data", (data) => (child.log += data));
    child.on("error", (error) => (child.log += error));
    child.label = name;
    child.ended = new Promise((ended) => child.on("close", ended));
    children.push(child);
    return child;
  };

  const application = sample("The handbook");
  const appPort = await application.listen();
  const second = sample("The notes");
  const secondPort = await second.listen();
  const provider = launch("provider", process.execPath, [
    join(ROOT, "tests/provider/server.mjs"), "--redirect-uri", "https://auth.example.com/oidc/corp/callback",
  ]);
  const idp = JSON.parse(await line(provider));

  const [narthexPort, nginxPort] = [await freePort(), await freePort()];
  const config = join(folder, "narthex.toml");
  await writeFile(config, `
listen = "127.0.0.1:${narthexPort}"
public_url = "https://auth.example.com"
organisation = "Example"
trusted_proxies = ["127.0.0.1"]
data_dir = "${folder}/var"

[sessions]
cookie_domain = "example.com"

[[provider]]
name = "corp"
label = "Continue with Example SSO"
issuer = "${idp.issuer}"
client_id = "${idp.client_id}"
client_secret = "${idp.client_secret}"

[[upstream]]
name = "wiki"
host = "wiki.example.com"
[[upstream.rule]]
path = "/readers/"
tier = "standard"
[[upstream.rule]]
path = "/"
tier = "any"

[[upstream]]
name = "apps"
host = "*.apps.example.com"
url = "http://127.0.0.1:${secondPort}"
[[upstream.rule]]
path = "/"
tier = "any"
`);
  const narthex = (args, input = "") => new Promise((done, broken) => {
    const child = execFile(BINARY, [...args, "--config", config], { cwd: folder, env: CLEAN }, (error, out, err) =>
      error ? broken(new Error(`narthex ${args.join(" ")}: ${err}${out}`)) : done(out));
    child.stdin.end(input);
  });
  await narthex(
    ["user", "add", "--superuser", "--username", superuser.login, "--email", "root@example.com", "--password-stdin"],
    `${superuser.password}\n`,
  );
  const gateway = launch("narthex", BINARY, ["serve", "--config", config]);
  await listening(gateway, narthexPort);

  const conf = await shippedConfig(folder, { narthexPort, appPort, nginxPort });
  const nginx = launch("nginx", "nginx", ["-p", folder, "-c", conf, "-g", "daemon off;"]);
  await listening(nginx, nginxPort);

  return {
    auth: "https://auth.example.com",
    wiki: "https://wiki.example.com",
    notes: "https://notes.apps.example.com",
    resolverRules: `MAP *.example.com 127.0.0.1:${nginxPort}`,
    narthex,
    lastSeen: () => application.seen.at(-1),
    seen: () => application.seen.length,
    notesLastSeen: () => second.seen.at(-1),
    notesSeen: () => second.seen.length,
    // The provider asks who it is; its page is not ours.
    passProvider: async (page) => {
      await page.waitForURL((url) => url.origin === idp.issuer);
      await page.click(`a[href='?account=${EMPLOYEE.account}']`);
    },
    // The newest link to this page of ours in a mail to this address, as soon as it is there.
    async mailedLink(recipient, path) {
      const mails = join(folder, "var/mail");
      const link = new RegExp(`https://auth\\.example\\.com${path}\\?token=[\\w-]+`);
      for (let round = 0; round < 100; round += 1) {
        const names = (await readdir(mails).catch(() => [])).filter((name) => name.endsWith(".eml")).sort();
        for (const name of names.toReversed()) {
          // Quoted-printable (RFC 2045 §6.7): soft line breaks, and the sign itself.
          const text = (await readFile(join(mails, name), "utf8")).replace(/=\r?\n/g, "").replaceAll("=3D", "=");
          const found = text.includes(`To: ${recipient}`) && text.match(link);
          if (found) return found[0];
        }
        await new Promise((later) => setTimeout(later, 100));
      }
      throw new Error(`no mail with ${path} to ${recipient}`);
    },
    async end() {
      for (const child of children.toReversed()) {
        child.kill("SIGTERM");
        await child.ended;
      }
      application.close();
      second.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

// config/nginx.conf with what its head says must be replaced: the addresses, and TLS in place of `listen`. For the
// second application nginx ends TLS only; narthex itself is its proxy.
async function shippedConfig(folder, { narthexPort, appPort, nginxPort }) {
  const key = join(folder, "example.com.key");
  const certificate = join(folder, "example.com.pem");
  await run("openssl", [
    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=example.com",
    "-addext", "subjectAltName=DNS:auth.example.com,DNS:wiki.example.com", "-addext", "basicConstraints=critical,CA:FALSE",
    "-keyout", key, "-out", certificate,
  ]);
  const tls = `ssl_certificate ${certificate};\n        ssl_certificate_key ${key};`;
  const shipped = await readFile(join(ROOT, "config/nginx.conf"), "utf8");
  const text = shipped
    .replaceAll("127.0.0.1:8080", `127.0.0.1:${narthexPort}`)
    .replaceAll("127.0.0.1:9000", `127.0.0.1:${appPort}`)
    .replace("server_name auth.example.com;", "server_name auth.example.com notes.apps.example.com;")
    .replace(/^(\s+)listen 80( default_server)?;/gm, `$1listen 127.0.0.1:${nginxPort} ssl$2;\n        ${tls}`);
  const file = join(folder, "nginx.conf");
  await writeFile(file, text);
  return file;
}

// An application that has no login code: it remembers what it was sent and shows a page.
function sample(title) {
  const seen = [];
  const server = createHttp((request, response) => {
    // Browsers ask for this by themselves.
    if (request.url !== "/favicon.ico") seen.push({ url: request.url, headers: request.headers });
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(`<!doctype html><html lang=en><title>${title}</title><link rel=icon href=data:,><h1>${title}</h1>`);
  });
  return {
    seen,
    listen: () => new Promise((ready) => server.listen(0, "127.0.0.1", () => ready(server.address().port))),
    close: () => server.close() && server.closeAllConnections(),
  };
}

function freePort() {
  return new Promise((found) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => found(port));
    });
  });
}

async function line(child) {
  const deadline = Date.now() + 30_000;
  // Warnings may come before it.
  const told = () => child.log.split("\n").slice(0, -1).find((text) => text.startsWith("{"));
  while (!told()) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`${child.label} did not start: ${child.log}`);
    await new Promise((soon) => setTimeout(soon, 50));
  }
  return told();
}

async function listening(child, port) {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const open = await new Promise((told) => {
      const socket = connect(port, "127.0.0.1", () => told(true));
      socket.on("connect", () => socket.destroy());
      socket.on("error", () => told(false));
    });
    if (open) return;
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`${child.label} did not start: ${child.log}`);
    await new Promise((soon) => setTimeout(soon, 50));
  }
}
