//! Every key: where it stands, what it takes, its default, and what it must agree with.
use std::{path::PathBuf, time::Duration};

use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::{
    Algorithm, ClientAuth, Config, EmailVerified, HeaderNames, Login, PasswordSettings, Provider, Provision,
    SessionStoreKind, Sessions, Signup,
    section::Section,
    upstreams,
    value::{
        address, boolean, duration, header, is_loopback, name, networks, number, secure_url, text, texts,
        word, words,
    },
};
use crate::domain::session::Lifetimes;

/// Reads everything. What is wrong is noted with the section's problems; then the result is of no use.
pub(super) fn read(mut root: Section<'_>) -> Config {
    let listen = root.get("listen", address).unwrap_or(([127, 0, 0, 1], 8080).into());
    let public_url = public_url(&mut root, listen);
    let data_dir = root.get("data_dir", text).map_or_else(|| PathBuf::from("./var"), PathBuf::from);
    let providers = root.tables("provider").into_iter().filter_map(provider).collect::<Vec<_>>();
    let config = Config {
        listen,
        organisation: root.get("organisation", text).unwrap_or_else(|| "narthex".to_owned()),
        help: root.get("help", text),
        trusted_proxies: root.get("trusted_proxies", networks).unwrap_or_default(),
        master_key_file: root.get("master_key_file", text).map(PathBuf::from),
        database_url: database(root.table("database"), &data_dir),
        sessions: sessions(root.table("sessions"), &public_url),
        admin_allow: admin(root.table("admin")),
        login: login(root.table("login"), &providers),
        signup: signup(root.table("signup")),
        password: password(root.table("password")),
        upstreams: upstreams::read(&mut root, &public_url),
        headers: headers(root.table("headers")),
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

fn sessions(mut section: Section<'_>, public_url: &Url) -> Sessions {
    let defaults = Lifetimes::default();
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
    let sessions = Sessions {
        store,
        cookie_domain: cookie_domain(&mut section, public_url),
        lifetimes: Lifetimes {
            idle: section.get("idle", duration).unwrap_or(defaults.idle),
            standard: section.get("absolute", duration).unwrap_or(defaults.standard),
            superuser: section.get("absolute_superuser", duration).unwrap_or(defaults.superuser),
        },
    };
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

fn admin(mut section: Section<'_>) -> Vec<ipnet::IpNet> {
    let allow = section.get("allow", networks).unwrap_or_default();
    section.finish();
    allow
}

fn login(mut section: Section<'_>, providers: &[Provider]) -> Login {
    let login = Login {
        local: section.get("local", boolean).unwrap_or(true),
        auto_redirect: section.get("auto_redirect", text),
        account_failures: section.get("account_failures", number(1..=1000)).unwrap_or(10),
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

fn signup(mut section: Section<'_>) -> Signup {
    let signup = Signup {
        enabled: section.get("enabled", boolean).unwrap_or(true),
        reason_required: section.get("reason_required", boolean).unwrap_or(false),
        per_address: section.get("per_address", number(1..=100_000)).unwrap_or(10),
        max_pending: section.get("max_pending", number(1..=1_000_000)).unwrap_or(1000),
    };
    section.finish();
    signup
}

fn password(mut section: Section<'_>) -> PasswordSettings {
    let password = PasswordSettings {
        min_length: section.get("min_length", number(8..=64)).unwrap_or(15),
        memory_kib: section.get("memory_kib", number(8..=1_048_576)).unwrap_or(19_456),
        iterations: section.get("iterations", number(1..=100)).unwrap_or(2),
        parallel: section.get("parallel", number(1..=256)).unwrap_or(4),
        queue: section.get("queue", number(0..=100_000)).unwrap_or(128),
    };
    section.finish();
    password
}

fn headers(mut section: Section<'_>) -> HeaderNames {
    let mut name = |key, default| section.get(key, header).unwrap_or(http::HeaderName::from_static(default));
    let headers = HeaderNames {
        user: name("user", "remote-user"),
        email: name("email", "remote-email"),
        name: name("name", "remote-name"),
        groups: name("groups", "remote-groups"),
        subject: name("subject", "x-narthex-subject"),
    };
    let all = [&headers.user, &headers.email, &headers.name, &headers.groups, &headers.subject];
    for (key, header) in ["user", "email", "name", "groups", "subject"].into_iter().zip(all) {
        if all.iter().filter(|other| **other == header).count() > 1 {
            section.wrong(key, "has the same name as another identity header; give each its own");
        }
        if RESERVED.contains(&header.as_str()) {
            section.wrong(key, "means something else in HTTP; choose another name, such as the default");
        }
    }
    section.finish();
    headers
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

const AUTH: &[(&str, ClientAuth)] = &[
    ("client_secret_basic", ClientAuth::Basic),
    ("client_secret_post", ClientAuth::Post),
    ("none", ClientAuth::None),
];

const ALGORITHMS: &[(&str, Algorithm)] = &[
    ("RS256", Algorithm::RS256),
    ("RS384", Algorithm::RS384),
    ("RS512", Algorithm::RS512),
    ("PS256", Algorithm::PS256),
    ("ES256", Algorithm::ES256),
    ("ES384", Algorithm::ES384),
    ("EdDSA", Algorithm::EdDSA),
];

const PROVISION: &[(&str, Provision)] =
    &[("active", Provision::Active), ("pending", Provision::Pending), ("existing", Provision::Existing)];

const EMAIL_VERIFIED: &[(&str, EmailVerified)] =
    &[("required", EmailVerified::Required), ("trusted", EmailVerified::Trusted)];

fn provider(mut section: Section<'_>) -> Option<Provider> {
    let name = section.require("name", "\"corp\"", name);
    let issuer_key = "\"https://idp.example.com\"";
    // The issuer is compared byte for byte, so the text is kept, not the URL.
    let issuer = section.require("issuer", issuer_key, |node| secure_url(node).and_then(|_| text(node)));
    let client_id = section.require("client_id", "\"narthex\"", text);
    let client_auth = section.get("client_auth", word(AUTH)).unwrap_or(ClientAuth::Basic);
    let client_secret = section.secret("client_secret", "client_secret_file");
    let list = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let defaults = [Algorithm::RS256, Algorithm::ES256, Algorithm::PS256, Algorithm::EdDSA];
    let algorithms = section.get("algorithms", words(ALGORITHMS)).unwrap_or(defaults.into());
    let scopes =
        section.get("scopes", texts).unwrap_or_else(|| list(&["openid", "profile", "email", "groups"]));
    if client_auth != ClientAuth::None && client_secret.is_none() && !section.is_there("client_secret_file") {
        section.wrong(
            "client_secret",
            "is missing; add client_secret_file = \"…\", or client_auth = \"none\" for a client without a secret",
        );
    }
    if client_auth == ClientAuth::None && client_secret.is_some() {
        section
            .wrong("client_secret", "is there, but client_auth = \"none\" uses none; leave one of them out");
    }
    if algorithms.is_empty() {
        section.wrong("algorithms", "must name one at least; leave the key out for the default");
    }
    if !scopes.iter().any(|scope| scope == "openid") {
        section
            .wrong("scopes", "must have \"openid\" among them; without it no provider says who somebody is");
    }
    let mut claim = |key, default: &str| section.get(key, text).unwrap_or_else(|| default.to_owned());
    let (username_claim, name_claim) =
        (claim("username_claim", "preferred_username"), claim("name_claim", "name"));
    let groups_claim = claim("groups_claim", "groups");
    let label = section.get("label", text);
    let provision = section.get("provision", word(PROVISION)).unwrap_or(Provision::Active);
    let email_verified =
        section.get("email_verified", word(EMAIL_VERIFIED)).unwrap_or(EmailVerified::Required);
    let allowed_domains = section.get("allowed_domains", texts).unwrap_or_default();
    let allowed_groups = section.get("allowed_groups", texts).unwrap_or_default();
    let links_verified_email = section.get("links_verified_email", boolean).unwrap_or(false);
    section.finish();
    let name = name?;
    Some(Provider {
        label: label.unwrap_or_else(|| format!("Continue with {name}")),
        name,
        issuer: issuer?,
        client_id: client_id?,
        client_secret,
        client_auth,
        algorithms,
        scopes,
        provision,
        email_verified,
        allowed_domains,
        allowed_groups,
        links_verified_email,
        username_claim,
        name_claim,
        groups_claim,
    })
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
