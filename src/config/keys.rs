//! Every key: where it stands, what it takes, its default, and what it must agree with.
use std::{path::PathBuf, time::Duration};

use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::{
    Config, GatewaySettings, HeaderEncoding, HeaderNames, Login, Mail, MailTransport, PasswordSettings,
    Provider, SessionStoreKind, Sessions, Signup, SmtpServer, SmtpTls, providers,
    section::Section,
    upstreams,
    value::{
        address, boolean, certificates, duration, header, is_loopback, is_loopback_host, mailbox, networks,
        number, secure_url, span, text, word,
    },
};
use crate::domain::settings::Fixed;

/// Reads everything. What is wrong is noted with the section's problems; then the result is of no use.
pub(super) fn read(mut root: Section<'_>) -> Config {
    let listen = root.get("listen", address).unwrap_or(([127, 0, 0, 1], 8080).into());
    let public_url = public_url(&mut root, listen);
    let data_dir = root.get("data_dir", text).map_or_else(|| PathBuf::from("./var"), PathBuf::from);
    let providers = providers::read_all(root.tables("provider"));
    let permissions = upstreams::catalogue(root.table("permissions"));
    let mail = mail(root.table("mail"));
    let is_sent = matches!(mail.transport, MailTransport::Smtp(_));
    let mut fixed = Fixed { mail_is_sent: is_sent, ..Fixed::default() };
    let (headers, header_encoding) = headers(root.table("headers"));
    let config = Config {
        listen,
        organisation: root.get("organisation", text).unwrap_or_else(|| "narthex".to_owned()),
        help: root.get("help", text),
        trusted_proxies: root.get("trusted_proxies", networks).unwrap_or_default(),
        master_key_file: root.get("master_key_file", text).map(PathBuf::from),
        database_url: database(root.table("database"), &data_dir),
        sessions: sessions(root.table("sessions"), &public_url, &mut fixed),
        gateway: gateway(root.table("gateway")),
        login: login(root.table("login"), &providers),
        signup: signup(root.table("signup"), &mut fixed),
        password: password(root.table("password"), &mut fixed),
        upstreams: upstreams::read(&mut root, &public_url, &permissions),
        permissions,
        fixed: {
            admin(root.table("admin"), &mut fixed);
            fixed
        },
        headers,
        header_encoding,
        mail,
        log_json: log(root.table("log")),
        log_filter: None,
        public_url,
        data_dir,
        providers,
    };
    unique(&root, "provider", config.providers.iter().map(|provider| &provider.name));
    if config.master_key_file.is_none() && config.shares_state() {
        root.wrong(
            "master_key_file",
            "is missing; with PostgreSQL or Redis every instance needs the same key: make one with \
             `openssl rand -base64 32 | tr '+/' '-_' | tr -d '='`, keep it in a file that only narthex can read, \
             and name that file here",
        );
    }
    root.finish();
    config
}

/// Where browsers reach us; without the key, where we listen, if that is on this machine.
fn public_url(root: &mut Section<'_>, listen: std::net::SocketAddr) -> Url {
    let fallback = Url::parse(&format!("http://{listen}")).expect("an address makes a URL");
    let reachable_only_here = is_loopback(&fallback);
    let url = if reachable_only_here {
        root.get("public_url", secure_url)
    } else {
        root.require("public_url", "\"https://auth.example.com\"", secure_url)
    };
    let url = url.unwrap_or(fallback);
    if url.path() != "/" {
        root.wrong("public_url", "must have no path; write it like \"https://auth.example.com\"");
    }
    url
}

fn database(mut section: Section<'_>, data_dir: &std::path::Path) -> SecretString {
    let beside =
        || format!("sqlite://{}/narthex.db", data_dir.strip_prefix(".").unwrap_or(data_dir).display());
    let url = section.secret("url", "url_file").unwrap_or_else(|| beside().into());
    if !["sqlite:", "postgres://", "postgresql://"].iter().any(|start| url.expose_secret().starts_with(start))
    {
        section.wrong("url", "must begin with sqlite:// or postgres://");
    }
    section.finish();
    url
}

fn sessions(mut section: Section<'_>, public_url: &Url, fixed: &mut Fixed) -> Sessions {
    let redis_url = section.secret("redis_url", "redis_url_file");
    let in_redis = section.get("store", word(&[("memory", false), ("redis", true)])).unwrap_or(false);
    let store = match (in_redis, redis_url) {
        (false, _) => SessionStoreKind::Memory,
        (true, Some(url)) => {
            if !["redis://", "rediss://"].iter().any(|start| url.expose_secret().starts_with(start)) {
                section.wrong("redis_url", "must begin with redis:// or rediss://");
            }
            SessionStoreKind::Redis(url)
        }
        (true, None) => {
            section.wrong("redis_url", "is missing; add a line like redis_url = \"redis://127.0.0.1:6379\"");
            SessionStoreKind::Memory
        }
    };
    let sessions = Sessions { store, cookie_domain: cookie_domain(&mut section, public_url) };
    fixed.idle = section.get("idle", duration);
    fixed.absolute = section.get("absolute", duration);
    fixed.absolute_superuser = section.get("absolute_superuser", duration);
    section.finish();
    sessions
}

/// A parent of our own host, so that browsers take the cookie; not a whole top-level domain.
fn cookie_domain(section: &mut Section<'_>, public_url: &Url) -> Option<String> {
    let domain = section.get("cookie_domain", text)?.to_lowercase();
    let host = public_url.domain().unwrap_or_default();
    let covers = host == domain || host.strip_suffix(&domain).is_some_and(|rest| rest.ends_with('.'));
    if !domain.contains('.') || domain.starts_with('.') {
        section.wrong(
            "cookie_domain",
            "must be a domain of your own with a dot inside; write it like \"example.com\"",
        );
    } else if !covers {
        section.wrong(
            "cookie_domain",
            "must be the host of public_url or a domain above it; browsers refuse the cookie otherwise",
        );
    }
    Some(domain)
}

fn gateway(mut section: Section<'_>) -> GatewaySettings {
    let cache_ttl = section.get("cache_ttl", span(Duration::from_secs(60)));
    let stale_if_error = section.get("stale_if_error", span(Duration::from_secs(3600)));
    section.finish();
    GatewaySettings {
        cache_ttl: cache_ttl.unwrap_or(Duration::from_secs(1)),
        stale_if_error: stale_if_error.unwrap_or_default(),
    }
}

fn admin(mut section: Section<'_>, fixed: &mut Fixed) {
    fixed.admin_allow = section.get("allow", networks);
    section.finish();
}

fn login(mut section: Section<'_>, providers: &[Provider]) -> Login {
    let login = Login {
        local: section.get("local", boolean).unwrap_or(true),
        auto_redirect: section.get("auto_redirect", text),
        free_failures: section.get("free_failures", number(1..=100)).unwrap_or(5),
        account_failures: section.get("account_failures", number(1..=100)).unwrap_or(10),
        lock: section.get("lock", duration).unwrap_or(Duration::from_secs(15 * 60)),
        address_failures: section.get("address_failures", number(1..=100_000)).unwrap_or(50),
        failure_window: section.get("failure_window", duration).unwrap_or(Duration::from_secs(15 * 60)),
    };
    if let Some(target) = &login.auto_redirect
        && !providers.iter().any(|provider| provider.name == *target)
    {
        let names: Vec<_> = providers.iter().map(|provider| provider.name.as_str()).collect();
        let known = if names.is_empty() { "there is none yet".to_owned() } else { names.join(", ") };
        section.wrong("auto_redirect", &format!("must be the name of a [[provider]]: {known}"));
    }
    section.finish();
    login
}

fn signup(mut section: Section<'_>, fixed: &mut Fixed) -> Signup {
    fixed.signup = section.get("enabled", boolean);
    fixed.reason_required = section.get("reason_required", boolean);
    fixed.verify_email = section.get("verify_email", boolean);
    fixed.open_per_address = section.get("open_per_address", number(0..=100_000));
    fixed.max_pending = section.get("max_pending", number(1..=1_000_000));
    let signup = Signup { per_address: section.get("per_address", number(1..=100_000)).unwrap_or(10) };
    section.finish();
    signup
}

fn password(mut section: Section<'_>, fixed: &mut Fixed) -> PasswordSettings {
    fixed.min_length = section.get("min_length", number(8..=64));
    let password = PasswordSettings {
        memory_kib: section.get("memory_kib", number(8..=1_048_576)).unwrap_or(19_456),
        iterations: section.get("iterations", number(1..=100)).unwrap_or(2),
        parallel: section.get("parallel", number(1..=256)).unwrap_or(4),
        queue: section.get("queue", number(0..=100_000)).unwrap_or(128),
    };
    section.finish();
    password
}

fn mail(mut section: Section<'_>) -> Mail {
    let by_server = section.get("transport", word(&[("file", false), ("smtp", true)])).unwrap_or(false);
    let from = section.get("from", mailbox);
    if by_server && !section.is_there("from") {
        section.wrong("from", "is missing; add a line like from = \"narthex <no-reply@example.com>\"");
    }
    let timeout = section.get("timeout", duration).unwrap_or(Duration::from_secs(30));
    let server = smtp(&mut section, by_server);
    section.finish();
    Mail {
        transport: if by_server { MailTransport::Smtp(server) } else { MailTransport::File },
        from: from.unwrap_or_else(|| "narthex <no-reply@localhost>".parse().expect("it is one")),
        timeout,
    }
}

/// What is not needed is read all the same, so that mistakes are told.
fn smtp(section: &mut Section<'_>, needed: bool) -> SmtpServer {
    let host = section.get("host", text);
    if needed && !section.is_there("host") {
        section.wrong("host", "is missing; add a line like host = \"smtp.example.com\"");
    }
    let host = host.unwrap_or_default();
    let kinds = &[("starttls", SmtpTls::Starttls), ("tls", SmtpTls::Implicit), ("none", SmtpTls::None)];
    let tls = section.get("tls", word(kinds)).unwrap_or(SmtpTls::Starttls);
    if tls == SmtpTls::None && !is_loopback_host(&host) {
        section.wrong(
            "tls",
            "may be \"none\" only when `host` is this machine (127.0.0.1, ::1, localhost): links in mails open \
             accounts; use \"starttls\" or \"tls\", with ca_file for a certificate of your own",
        );
    }
    let usual = if tls == SmtpTls::Implicit { 465 } else { 587 };
    let port = section.get("port", number(1..=65_535)).unwrap_or(usual);
    let login = match (section.get("username", text), section.secret("password", "password_file")) {
        (Some(username), Some(password)) => Some((username, password)),
        (Some(_), None) => {
            if !section.is_there("password") && !section.is_there("password_file") {
                section.wrong("username", "needs a password; add password_file = \"…\"");
            }
            None
        }
        (None, Some(_)) => {
            if !section.is_there("username") {
                section.wrong("password", "needs a username; add a line like username = \"narthex\"");
            }
            None
        }
        (None, None) => None,
    };
    SmtpServer { host, port, tls, login, ca: section.get("ca_file", certificates) }
}

fn headers(mut section: Section<'_>) -> (HeaderNames, HeaderEncoding) {
    let mut name = |key, default| section.get(key, header).unwrap_or(http::HeaderName::from_static(default));
    let headers = HeaderNames {
        user: name("user", "remote-user"),
        email: name("email", "remote-email"),
        name: name("name", "remote-name"),
        groups: name("groups", "remote-groups"),
        subject: name("subject", "x-narthex-subject"),
        assertion: name("assertion", "x-narthex-assertion"),
    };
    let all = [
        ("user", &headers.user),
        ("email", &headers.email),
        ("name", &headers.name),
        ("groups", &headers.groups),
        ("subject", &headers.subject),
        ("assertion", &headers.assertion),
    ];
    for (key, header) in all {
        if all.iter().filter(|(_, other)| *other == header).count() > 1 {
            section.wrong(key, "has the same name as another identity header; give each its own");
        }
        if RESERVED.contains(&header.as_str()) {
            section.wrong(key, "means something else in HTTP; choose another name, such as the default");
        }
    }
    let words = &[("percent", HeaderEncoding::Percent), ("utf-8", HeaderEncoding::Utf8)];
    let encoding = section.get("encoding", word(words)).unwrap_or(HeaderEncoding::Percent);
    section.finish();
    (headers, encoding)
}

/// Headers that steer a request; one of them in place of an identity header would break it.
const RESERVED: [&str; 10] = [
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

fn log(mut section: Section<'_>) -> bool {
    let json = section.get("format", word(&[("text", false), ("json", true)])).unwrap_or(false);
    section.finish();
    json
}

/// Says so when two tables have one name.
pub(super) fn unique<'n>(root: &Section<'_>, key: &str, names: impl Iterator<Item = &'n String>) {
    let mut seen = vec![];
    for name in names {
        if seen.contains(&name) {
            root.wrong(key, &format!("is there twice with the name \"{name}\"; give each its own"));
        }
        seen.push(name);
    }
}
