"""Apache with mod_auth_openidc: a person signed in at the provider of tests/provider, with the session in Redis.

Everything that can be left at the module's defaults is left there.
"""
import http.cookiejar, json, os, pathlib, shutil, subprocess, sys, urllib.error, urllib.request

MODULES = pathlib.Path("/usr/lib/apache2/modules")
PROVIDER = pathlib.Path(__file__).resolve().parents[2] / "provider"
ACCOUNT = "mina.park"
# Without it the module answers 401 instead of 302: so wrk, which does not send it, notices when it is not let in.
PERSON = {"Accept": "text/html"}
# Enough threads for every connection in each of two processes, which are neither ended nor joined by others.
PROCESSES, THREADS = 2, 64


def missing():
    """What is not installed here, if anything."""
    if not command() or not (MODULES / "mod_auth_openidc.so").exists():
        return "mod_auth_openidc (Debian: apt-get install apache2 libapache2-mod-auth-openidc)"
    if not shutil.which("node") or not (PROVIDER / "node_modules").exists():
        return "the provider to sign in at (Node, and `npm ci` in tests/provider)"
    return None


def command():
    return shutil.which("apache2", path=os.environ["PATH"] + ":/usr/sbin")


def start(bench, port):
    """Its port, its processes, and the headers of somebody who is signed in."""
    home = bench.folder / "apache"
    for folder in ["page", "open"]:
        (home / "www" / folder).mkdir(parents=True)
        (home / "www" / folder / "one").write_text("hello")
    provider = start_provider(bench)
    (home / "apache.conf").write_text(config(home, port, bench.redis().removeprefix("redis://"), provider))
    master = bench.spawn(command(), "-D", "FOREGROUND", "-f", home / "apache.conf", port=port)
    site = f"http://127.0.0.1:{port}"
    ask(f"{provider['issuer']}/control/client", json.dumps({"redirect_uris": [f"{site}/page/callback"]}).encode())
    cookie = sign_in(f"{site}/page/one")
    check(site, {"Cookie": cookie}, home / "error.log")
    # The threads that answer are in the children.
    pids = [master.pid, *bench.children(master, PROCESSES)]
    return {"port": port, "pids": pids, "headers": [f"Cookie: {cookie}"]}


def start_provider(bench):
    process = subprocess.Popen(["node", str(PROVIDER / "server.mjs")], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True)
    bench.stack.callback(bench.end, process)
    line = process.stdout.readline()
    return json.loads(line) if line else sys.exit("the provider did not start; run `npm ci` in tests/provider")


def config(home, port, redis, provider):
    names = ["mpm_event", "authn_core", "authz_core", "authz_user", "auth_openidc"]
    modules = "\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in names)
    return f"""
ServerRoot {home}
ServerName 127.0.0.1
DefaultRuntimeDir {home}
PidFile {home}/apache.pid
Listen 127.0.0.1:{port}
{modules}
{"User www-data" if os.geteuid() == 0 else ""}
{"Group www-data" if os.geteuid() == 0 else ""}
# Only what goes wrong; nothing about requests.
ErrorLog {home}/error.log
LogLevel error
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 60
ServerLimit {PROCESSES}
StartServers {PROCESSES}
ThreadLimit {THREADS}
ThreadsPerChild {THREADS}
MaxRequestWorkers {PROCESSES * THREADS}
MinSpareThreads 1
MaxSpareThreads {PROCESSES * THREADS}
DocumentRoot {home}/www
<Directory />
  Options FollowSymLinks
  AllowOverride None
</Directory>
OIDCProviderMetadataURL {provider["issuer"]}/.well-known/openid-configuration
OIDCClientID {provider["client_id"]}
OIDCClientSecret {provider["client_secret"]}
OIDCRedirectURI http://127.0.0.1:{port}/page/callback
OIDCScope "openid profile email groups"
OIDCPKCEMethod S256
OIDCCryptoPassphrase AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
OIDCSessionType server-cache
OIDCCacheType redis
OIDCRedisCacheServer {redis}
<Location /page/>
  AuthType openid-connect
  Require valid-user
</Location>
"""


def sign_in(page):
    """Follows all redirects from the page to the provider, says there who one is, and is sent back with a cookie."""
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    browser.addheaders = list(PERSON.items())
    with browser.open(page, timeout=30) as choice:
        link, there = f"?account={ACCOUNT}", choice.url
        if link not in choice.read().decode():
            sys.exit(f"the provider does not ask who {ACCOUNT} is, at {there}")
    with browser.open(there + link, timeout=30) as back:
        if back.url != page:
            sys.exit(f"after signing in one is at {back.url} and not at {page}")
    for cookie in jar:
        if cookie.name == "mod_auth_openidc_session":
            return f"{cookie.name}={cookie.value}"
    sys.exit("signing in gave no session of mod_auth_openidc")


class Stay(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer like another."""

    def redirect_request(self, *_):
        return None


def ask(url, body=None, headers=None):
    """Status and body, without following redirects."""
    more = {"Content-Type": "application/json"} if body else {}
    request = urllib.request.Request(url, body, {**more, **(headers or {})})
    try:
        with urllib.request.build_opener(Stay).open(request, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def check(site, mine, log):
    """That the page is only for who is signed in, and the other for everybody."""
    for path, sent, status in [("/page/one", mine, 200), ("/page/one", PERSON, 302), ("/page/one", {}, 401),
                               ("/open/one", {}, 200)]:
        found, body = ask(site + path, headers=sent)
        if found != status or (status == 200 and body != b"hello"):
            sent = list(sent) or "no header"
            sys.exit(f"Apache answers {path} with {found} and not {status} to {sent}\n{log.read_text()}")
