//! The proxies that the shipped configurations are for: real ones, started with these very files.
use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use tokio::net::TcpStream;

use super::free_port;

/// What clients could say of a request that another proxy has seen, and what some applications take for the method:
/// no proxy passes any of it on as it came.
pub(crate) const TOLD_BY_CLIENTS: [&str; 39] = [
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-port",
    "x-forwarded-server",
    "x-forwarded-uri",
    "x-forwarded-method",
    "x-forwarded-prefix",
    "x-forwarded-scheme",
    "x-forwarded-ssl",
    "x-forwarded-user",
    "x-forwarded-email",
    "x-forwarded-groups",
    "x-forwarded-preferred-username",
    "x-forwarded-access-token",
    "x-original-url",
    "x-original-uri",
    "x-original-method",
    "x-original-host",
    "x-original-for",
    "forwarded",
    "forwarded-for",
    "x-real-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "true-client-ip",
    "client-ip",
    "cf-connecting-ip",
    "fastly-client-ip",
    "x-rewrite-url",
    "x-rewrite-uri",
    "x-host",
    "x-http-host-override",
    "x-url-scheme",
    "front-end-https",
    "proxy",
    "x-http-method-override",
    "x-http-method",
    "x-method-override",
];

/// A proxy that runs.
pub(crate) struct Proxy {
    pub(crate) kind: Kind,
    pub(crate) address: SocketAddr,
    process: Child,
}

/// Which proxy, and how its answers differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Nginx,
    Caddy,
    Haproxy,
}

impl Kind {
    /// Whether people who may not pass are sent to our page, which says why; the others get the page at once.
    pub(crate) fn sends_to_denied(self) -> bool {
        self != Self::Caddy
    }

    /// Whether the application gets a header without a value for what is not known; the others leave it out.
    pub(crate) fn sends_empty_headers(self) -> bool {
        self == Self::Caddy
    }

    /// The configuration, with addresses that are free and names that are nobody's. Gives the address that
    /// browsers use.
    fn write(self, folder: &Path, gateway: SocketAddr, application: SocketAddr) -> SocketAddr {
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let text = |name: &str| {
            let text = fs::read_to_string(shipped(name)).unwrap();
            text.replace("127.0.0.1:8080", &gateway.to_string())
                .replace("127.0.0.1:9000", &application.to_string())
                .replace("wiki.example.com", "wiki.example.test")
                .replace("auth.example.com", "auth.example.test")
        };
        let write = |name: &str, text: String| fs::write(folder.join(name), text).unwrap();
        match self {
            Self::Nginx => {
                write("nginx.conf", text("nginx.conf").replace("listen 80", &format!("listen {address}")));
            }
            Self::Caddy => {
                let port = address.port();
                let site = |host: &str| (format!("\n{host} {{"), format!("\nhttp://{host}:{port} {{"));
                let mut text =
                    text("Caddyfile").replace("admin 127.0.0.1:2019", "admin off\n\tdefault_bind 127.0.0.1");
                for (shipped, tried) in [
                    site("wiki.example.test"),
                    site("auth.example.test"),
                    ("\nhttp://, https:// {".to_owned(), format!("\nhttp://:{port} {{")),
                ] {
                    assert!(text.contains(&shipped), "the Caddyfile has no{shipped}");
                    text = text.replace(&shipped, &tried);
                }
                write("Caddyfile", text);
            }
            Self::Haproxy => {
                write("haproxy.cfg", text("haproxy.cfg").replace("bind :80", &format!("bind {address}")));
                write("haproxy.lua", text("haproxy.lua"));
            }
        }
        address
    }

    /// One process, so that ending it ends all of it.
    fn run(self, folder: &Path) -> Child {
        let start = |program: &str| {
            let mut command = Command::new(program);
            match self {
                Self::Nginx => {
                    command.args(["-e", "stderr", "-g", "daemon off; master_process off;", "-p"]);
                    command.arg(folder).args(["-c", "nginx.conf"])
                }
                Self::Caddy => command.args(["run", "--config", "Caddyfile"]),
                Self::Haproxy => command.args(["-q", "-f", "haproxy.cfg"]),
            };
            let told = fs::File::create(folder.join("told.log")).unwrap();
            command.current_dir(folder).env("HOME", folder).env("XDG_DATA_HOME", folder);
            command.env("XDG_CONFIG_HOME", folder).stdout(Stdio::null()).stderr(told).spawn()
        };
        let name = format!("{self:?}").to_lowercase();
        start(&name)
            .or_else(|_| start(&format!("/usr/sbin/{name}")))
            .unwrap_or_else(|_| panic!("{name} is not installed; tests/run sees to it"))
    }
}

impl Proxy {
    pub(crate) async fn start(
        kind: Kind,
        folder: &Path,
        gateway: SocketAddr,
        application: SocketAddr,
    ) -> Self {
        let folder = folder.join(format!("{kind:?}"));
        fs::create_dir_all(&folder).unwrap();
        // Somebody else may take the port before the proxy does.
        for _ in 0..5 {
            let address = kind.write(&folder, gateway, application);
            let mut proxy = Self { kind, address, process: kind.run(&folder) };
            for _ in 0..500 {
                if proxy.process.try_wait().unwrap().is_some() {
                    break;
                }
                if TcpStream::connect(address).await.is_ok() {
                    return proxy;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        let told = fs::read_to_string(folder.join("told.log")).unwrap_or_default();
        panic!("{kind:?} does not listen:\n{told}");
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _gone = self.process.kill();
        let _waited = self.process.wait();
    }
}

/// A file of the folder `config`.
pub(crate) fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("config").join(name)
}
