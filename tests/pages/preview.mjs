// Serves the preview on loopback as narthex serves its pages: same addresses for assets and
// dialogs, same policy.
import { readFile, readdir } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { chromium } from "playwright-core";

export const POLICY = [
  "default-src 'none'", "style-src 'self'", "script-src 'self'", "img-src 'self'", "connect-src 'self'",
  "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
  "require-trusted-types-for 'script'", "trusted-types narthex",
].join("; ");

const TYPES = { ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml" };

// What a link or a form in a dialog gets: the samples stand in for the handlers.
function route(method, path, fragment) {
  const user = path.match(/^\/admin\/users\/[^/]+(\/[a-z-]+)?$/);
  if (path === "/admin/users/bulk") return { file: "applications-delete.html" };
  if (!user) return { file: extname(path) ? path.slice(1) : `${path.split("/").pop()}.html` };
  const [, action = ""] = user;
  if (method === "GET") return { file: `user-${action.slice(1) || "edit"}${fragment ? "-fragment" : "-local"}.html` };
  if (action === "") return { status: 422, file: `user-edit-guard${fragment ? "-fragment" : ""}.html` };
  return { status: 303, location: "/users-deactivated.html" };
}

export async function serve(folder) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://preview");
    const { status = 200, file, location } = route(request.method, pathname, "x-fragment" in request.headers);
    const headers = { "Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store" };
    if (location) return response.writeHead(status, { ...headers, Location: location }).end();
    try {
      const body = await readFile(join(folder, file));
      response.writeHead(status, { ...headers, "Content-Type": TYPES[extname(file)] ?? "text/html; charset=utf-8" }).end(body);
    } catch {
      response.writeHead(404, headers).end();
    }
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return { origin: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

export async function names(folder) {
  const files = await readdir(folder);
  return files.filter((file) => file.endsWith(".html")).map((file) => file.slice(0, -5)).sort();
}

export function browser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--headless", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"],
  });
}
