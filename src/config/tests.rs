use super::*;
use crate::domain::{permission::Right, settings::Settings};

/// What is said of `text`, with `variables` in the environment.
fn said_with(text: &str, variables: &[(&str, &str)]) -> String {
    let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
    read(text, "narthex.toml", variables).map_or_else(|error| error.to_string(), |_| "nothing".to_owned())
}

fn said(text: &str) -> String {
    said_with(text, &[])
}

fn loaded_with(text: &str, variables: &[(&str, &str)]) -> Config {
    let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
    read(text, "narthex.toml", variables).unwrap()
}

const PROVIDER: &str =
    "[[provider]]\nname = \"corp\"\nissuer = \"https://idp.example.com\"\nclient_id = \"narthex\"\n";
const WIKI: &str =
    "[[upstream]]\nname = \"wiki\"\nhost = \"wiki.example.com\"\nurl = \"http://10.0.0.5:8080\"\n";

#[test]
fn without_a_word_everything_is_on_this_machine() {
    let config = Config::default();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.public_url.as_str(), "http://127.0.0.1:8080/");
    assert_eq!(config.database_url.expose_secret(), "sqlite://var/narthex.db");
    assert_eq!(config.data_dir, Path::new("./var"));
    assert!(matches!(config.sessions.store, SessionStoreKind::Memory));
    assert!(!config.shares_state() && config.warnings().is_empty());
    let elsewhere = Config::from_text("listen = \"127.0.0.1:9000\"\ndata_dir = \"/srv/narthex\"").unwrap();
    assert_eq!(elsewhere.public_url.as_str(), "http://127.0.0.1:9000/");
    assert_eq!(elsewhere.database_url.expose_secret(), "sqlite:///srv/narthex/narthex.db");
}

#[test]
fn a_mistake_is_told_with_its_line_its_key_and_what_to_do() {
    let cases = [
        ("\ndatabse = 1", "narthex.toml:2: unknown key `databse`; did you mean `database`?"),
        (
            "[sessions]\nidel = \"1h\"",
            "narthex.toml:2: unknown key `sessions.idel`; did you mean `sessions.idle`?",
        ),
        ("[log]\nlevel = \"info\"", "narthex.toml:2: unknown key `log.level`; these are known here: format"),
        (
            "listen = ",
            "narthex.toml:1: this is not TOML: string values must be quoted, expected literal string; see https://toml.io",
        ),
        (
            "listen = \"8080\"",
            "narthex.toml:1: `listen` must be an address with a port; write it like \"127.0.0.1:8080\" or \"[::]:8080\"",
        ),
        (
            "listen = 8080",
            "narthex.toml:1: `listen` must be an address with a port; write it like \"127.0.0.1:8080\" or \"[::]:8080\"",
        ),
        (
            "listen = \"0.0.0.0:8080\"",
            "narthex.toml: `public_url` is missing; add a line like public_url = \"https://auth.example.com\"",
        ),
        (
            "public_url = \"http://auth.example.com\"",
            "narthex.toml:1: `public_url` must begin with https://; http:// is for this machine only (127.0.0.1, [::1], localhost)",
        ),
        (
            "public_url = \"https://auth.example.com/sso\"",
            "narthex.toml:1: `public_url` must have no path; write it like \"https://auth.example.com\"",
        ),
        (
            "public_url = \"https://me:pw@auth.example.com\"",
            "narthex.toml:1: `public_url` must have no user, no `?` and no `#` in its URL; leave them out",
        ),
        (
            "database = \"sqlite://x\"",
            "narthex.toml:1: `database` must be a section; write it like [database]",
        ),
        (
            "[database]\nurl = \"mysql://x\"",
            "narthex.toml:2: `database.url` must begin with sqlite:// or postgres://",
        ),
        (
            "[database]\nurl = \"sqlite://x\"\nurl_file = \"y\"",
            "narthex.toml:3: `database.url_file` and `database.url` are both there; keep one",
        ),
        (
            "[database]\nurl_file = \"/nowhere/url\"",
            "narthex.toml:2: `database.url_file` names /nowhere/url, which cannot be read (No such file or directory (os error 2)); make it readable for narthex",
        ),
        (
            "[sessions]\nstore = \"disk\"",
            "narthex.toml:2: `sessions.store` takes these words only: \"memory\", \"redis\"",
        ),
        (
            "[sessions]\nidle = \"1 hour\"",
            "narthex.toml:2: `sessions.idle` must be a duration above zero; write it like \"90s\", \"15m\", \"1h30m\" or \"7d\"",
        ),
        (
            "[sessions]\nidle = \"0s\"",
            "narthex.toml:2: `sessions.idle` must be a duration above zero; write it like \"90s\", \"15m\", \"1h30m\" or \"7d\"",
        ),
        (
            "[sessions]\ncookie_domain = \"com\"",
            "narthex.toml:2: `sessions.cookie_domain` must be a domain of your own with a dot inside; write it like \"example.com\"",
        ),
        (
            "public_url = \"https://auth.example.com\"\n[sessions]\ncookie_domain = \"ample.com\"",
            "narthex.toml:3: `sessions.cookie_domain` must be the host of public_url or a domain above it; browsers refuse the cookie otherwise",
        ),
        (
            "[sessions]\ncookie_domain = \"0.0.1\"",
            "narthex.toml:2: `sessions.cookie_domain` must be the host of public_url or a domain above it; browsers refuse the cookie otherwise",
        ),
        (
            "master_key_file = \"k\"\n[sessions]\nstore = \"redis\"",
            "narthex.toml:2: `sessions.redis_url` is missing; add a line like redis_url = \"redis://127.0.0.1:6379\"",
        ),
        (
            "trusted_proxies = [\"proxy\"]",
            "narthex.toml:1: `trusted_proxies` must be a list of addresses and networks; write it like [\"127.0.0.1\", \"10.0.0.0/8\", \"fd00::/8\"]",
        ),
        (
            "[password]\nmin_length = 7",
            "narthex.toml:2: `password.min_length` must be a whole number from 8 to 64, without quotes",
        ),
        (
            "[password]\nmin_length = \"15\"",
            "narthex.toml:2: `password.min_length` must be a whole number from 8 to 64, without quotes",
        ),
        (
            "[signup]\nenabled = \"yes\"",
            "narthex.toml:2: `signup.enabled` must be true or false, without quotes",
        ),
        (
            "[login]\nauto_redirect = \"corp\"",
            "narthex.toml:2: `login.auto_redirect` must be the name of a [[provider]]: there is none yet",
        ),
        (
            "[headers]\nuser = \"Remote User\"",
            "narthex.toml:2: `headers.user` must be the name of a header; write it like \"Remote-User\"",
        ),
        (
            "[headers]\nuser = \"Cookie\"",
            "narthex.toml:2: `headers.user` means something else in HTTP; choose another name, such as the default",
        ),
        ("help = 2026-01-01", "narthex.toml:1: `help` must be a text; put it in quotes"),
        (
            "provider = \"corp\"",
            "narthex.toml:1: `provider` must be written in the config file as [[provider]]",
        ),
    ];
    for (text, sentence) in cases {
        assert_eq!(said(text), sentence, "{text}");
    }
}

#[test]
fn what_later_versions_know_is_unknown_here() {
    for later in ["[metrics]\nlisten = \"a\"", "[gateway]\ncache_ttl = \"1s\""] {
        let key = later.trim_start_matches('[').split(']').next().unwrap();
        assert!(
            said(later).starts_with(&format!("narthex.toml:1: unknown key `{key}`; these are known")),
            "{later}"
        );
    }
    for later in ["response_mode", "revalidate", "groups_absent", "superuser_groups"] {
        let said = said(&format!("{PROVIDER}client_auth = \"none\"\n{later} = \"x\""));
        assert!(said.starts_with(&format!("narthex.toml:6: unknown key `provider.{later}`;")), "{said}");
    }
    let said = said(&format!("{PROVIDER}client_secret = \"s\"\nclient_auth = \"private_key_jwt\""));
    assert!(
        said.contains("takes these words only: \"client_secret_basic\", \"client_secret_post\", \"none\""),
        "{said}"
    );
}

#[test]
fn a_provider_and_an_upstream_are_checked_whole() {
    let provider = |more: &str| said(&format!("{PROVIDER}{more}"));
    let upstream = |more: &str| said(&format!("public_url = \"https://auth.example.com\"\n{WIKI}{more}"));
    let cases = [
        (provider("client_auth = \"none\""), "nothing"),
        (provider("client_secret = \"s\""), "nothing"),
        (
            provider(""),
            "narthex.toml:1: `provider.client_secret` is missing; add client_secret_file = \"…\", or client_auth = \"none\" for a client without a secret",
        ),
        (
            provider("client_secret = \"s\"\nalgorithms = [\"none\"]"),
            "narthex.toml:6: `provider.algorithms` takes these words only: \"RS256\", \"RS384\", \"RS512\", \"PS256\", \"ES256\", \"ES384\", \"EdDSA\"",
        ),
        (
            provider("client_secret = \"s\"\nscopes = [\"email\"]"),
            "narthex.toml:6: `provider.scopes` must have \"openid\" among them; without it no provider says who somebody is",
        ),
        (
            provider(&format!("client_secret = \"s\"\n{PROVIDER}client_secret = \"s\"")),
            "narthex.toml: `provider` is there twice with the name \"corp\"; give each its own",
        ),
        (
            said("[[provider]]\nname = \"Corp\"\nissuer = \"http://idp.example.com\"\nclient_secret = \"s\""),
            "narthex.toml:1: `provider.client_id` is missing; add a line like client_id = \"narthex\"\n\
          narthex.toml:2: `provider.name` must be 1 to 32 lower-case letters, digits and `-`, not at its ends; write it like \"corp\"\n\
          narthex.toml:3: `provider.issuer` must begin with https://; http:// is for this machine only (127.0.0.1, [::1], localhost)",
        ),
        (upstream(""), "nothing"),
        (
            upstream(
                "[[upstream.rule]]\npath = \"/\"\ntier = \"any\"\n[[upstream.rule]]\npath = \"/x\"\npublic = true",
            ),
            "nothing",
        ),
        (
            upstream("[[upstream.rule]]\npath = \"/\""),
            "narthex.toml:6: `upstream.rule.tier` is missing; add tier = \"any\" for every account, \"superuser\" for those only, roles or permissions, or public = true for everybody",
        ),
        (
            upstream("[[upstream.rule]]\npath = \"/\"\ntier = \"any\"\npublic = true"),
            "narthex.toml:9: `upstream.rule.public` and `upstream.rule.tier` are both there; keep one",
        ),
        (
            upstream("[[upstream.rule]]\npath = \"/a/../b\"\ntier = \"any\""),
            "narthex.toml:7: `upstream.rule.path` must be a path as it is compared, from the first `/`, without empty segments, `.`, `..`, `?` and `#`; write it like \"/admin/\"",
        ),
        (
            upstream("[[upstream.rule]]\npath = \"/\"\nroles = [\"Wiki Admin\"]"),
            "narthex.toml:8: `upstream.rule.roles` must be a list of role names; write it like [\"wiki-admin\"]",
        ),
        (
            upstream("[[upstream.rule]]\npath = \"/\"\npermissions = [\"wiki.page:edit\"]"),
            "narthex.toml:8: `upstream.rule.permissions` must be a list of permissions that [permissions] defines; write it like [\"main.page:edit\"]",
        ),
        (
            upstream("[[upstream.rule]]\npath = \"/\"\npublic = true\nroles = [\"x\"]"),
            "narthex.toml:8: `upstream.rule.public` and `upstream.rule.roles` are both there; keep one",
        ),
        (
            said("[permissions]\n\"admin.user:fly\" = \"Fly\"\n\"Wiki:edit\" = \"x\"\n\"a.b:c\" = 1"),
            "narthex.toml:2: `permissions.admin.user:fly` begins with `admin.`, which is narthex's own; choose another\n\
             narthex.toml:3: `permissions.Wiki:edit` must be like \"scope.resource:action\" in lower case\n\
             narthex.toml:4: `permissions.a.b:c` must be a text in quotes that says what it allows",
        ),
        (
            upstream(
                "[[upstream]]\nname = \"self\"\nhost = \"AUTH.example.com:443\"\nurl = \"http://10.0.0.6\"",
            ),
            "narthex.toml:8: `upstream.host` is the host of public_url, where /admin is; an application there could act as any superuser who opens it: give it a host of its own",
        ),
        (
            upstream("[[upstream]]\nname = \"docs\"\nhost = \"Wiki.example.com\"\nurl = \"http://10.0.0.6\""),
            "narthex.toml: `upstream` is there twice with the host \"wiki.example.com\"; give each its own",
        ),
        (
            upstream("max_body = \"100 megabytes\""),
            "narthex.toml:6: `upstream.max_body` must be a size; write it like \"512KiB\", \"100MiB\" or \"2GiB\"",
        ),
        (
            said(
                "[[upstream]]\nname = \"wiki\"\nhost = \"https://wiki.example.com/\"\nurl = \"10.0.0.5:80\"",
            ),
            "narthex.toml:3: `upstream.host` must be a host as browsers send it; write it like \"wiki.example.com\" or \"wiki.example.com:8443\"\n\
          narthex.toml:4: `upstream.url` must be a URL without a path; write it like \"http://10.0.0.5:8080\"",
        ),
    ];
    for (index, (said, expected)) in cases.iter().enumerate() {
        assert_eq!(said, expected, "case {index}");
    }
}

#[test]
fn what_instances_share_needs_a_key_that_they_share() {
    for sharing in [
        "[database]\nurl = \"postgres://db/narthex\"",
        "[sessions]\nstore = \"redis\"\nredis_url = \"redis://r\"",
    ] {
        assert!(
            said(sharing)
                .starts_with("narthex.toml: `master_key_file` is missing; with PostgreSQL or Redis every")
        );
        assert_eq!(said(&format!("master_key_file = \"/run/key\"\n{sharing}")), "nothing");
    }
}

#[test]
fn the_environment_wins_and_is_checked_alike() {
    let base = format!("listen = \"127.0.0.1:1\"\n{PROVIDER}client_secret = \"old\"\n");
    let config = loaded_with(
        &base,
        &[
            ("NARTHEX_LISTEN", "127.0.0.1:2"),
            ("NARTHEX_DATABASE__URL", "sqlite://other.db"),
            ("NARTHEX_TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8"),
            ("NARTHEX_SIGNUP__ENABLED", "false"),
            ("NARTHEX_PASSWORD__MIN_LENGTH", "20"),
            ("NARTHEX_PROVIDER__CORP__CLIENT_SECRET", "new"),
            ("NARTHEX_LOG", "debug"),
            ("NARTHEX_TEST_POSTGRES", "anything"),
            ("PATH", "/bin"),
        ],
    );
    assert_eq!(config.listen.port(), 2);
    assert_eq!(config.database_url.expose_secret(), "sqlite://other.db");
    assert_eq!(config.trusted_proxies.len(), 2);
    assert_eq!(config.fixed.signup, Some(false));
    assert_eq!(config.fixed.min_length, Some(20));
    assert_eq!(config.providers[0].client_secret.as_ref().unwrap().expose_secret(), "new");
    assert_eq!(config.log_filter.as_deref(), Some("debug"));
    let cases = [
        ("NARTHEX_LISTN", "x", "NARTHEX_LISTN: unknown key `listn`; did you mean `listen`?"),
        (
            "NARTHEX_DATABASE_URL",
            "x",
            "NARTHEX_DATABASE_URL: unknown key `database_url`; a section's key is written with two underscores, as in NARTHEX_DATABASE__URL",
        ),
        ("NARTHEX_DATABASE", "x", "NARTHEX_DATABASE: `database` must be a section; write it like [database]"),
        (
            "NARTHEX_SIGNUP__ENABLED",
            "yes",
            "NARTHEX_SIGNUP__ENABLED: `signup.enabled` must be true or false, without quotes",
        ),
        (
            "NARTHEX_PROVIDER__OTHER__LABEL",
            "x",
            "NARTHEX_PROVIDER__OTHER__LABEL: nothing in the config file is named `other`; add it there first",
        ),
        (
            "NARTHEX_LISTEN__PORT",
            "1",
            "NARTHEX_LISTEN__PORT: this key has no keys below it; use one `__` less",
        ),
    ];
    for (name, value, sentence) in cases {
        assert_eq!(said_with(&base, &[(name, value)]), sentence);
    }
}

#[test]
fn everything_that_is_wrong_is_told_at_once_and_no_secret_is() {
    let text = "lisen = \"x\"\n[database]\nurl = \"hunter2\"\n[sessions]\nstore = \"redis\"\nredis_url = \"hunter2\"\nidle = 5\n";
    let told = said_with(text, &[("NARTHEX_LOGIN__LOCAL", "hunter2")]);
    let lines: Vec<_> = told.lines().map(|line| line.split(' ').next().unwrap()).collect();
    let file = "narthex.toml:";
    let expected = [
        file,
        "narthex.toml:1:",
        "narthex.toml:3:",
        "narthex.toml:6:",
        "narthex.toml:7:",
        "NARTHEX_LOGIN__LOCAL:",
    ];
    assert_eq!(lines, expected, "{told}");
    assert!(!told.contains("hunter2"), "{told}");
    assert!(!said("[database]\nurl = \"hunter2\nx = 1").contains("hunter2"));
    let config = loaded_with(&format!("{PROVIDER}client_secret = \"hunter2\""), &[]);
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn a_secret_comes_from_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    let text = format!("{PROVIDER}client_secret_file = \"{}\"", file.display());
    fs::write(&file, "hunter2\n").unwrap();
    assert_eq!(
        loaded_with(&text, &[]).providers[0].client_secret.as_ref().unwrap().expose_secret(),
        "hunter2"
    );
    fs::write(&file, "\n").unwrap();
    assert!(said(&text).ends_with("which is empty; write the secret into it"), "{}", said(&text));
    let missing = load(Some(&folder.path().join("none.toml"))).unwrap_err().to_string();
    assert!(missing.contains("none.toml: cannot be read (No such file or directory"), "{missing}");
}

#[test]
fn the_shipped_file_shows_every_key_at_its_default() {
    let shipped = include_str!("../../config/narthex.toml");
    assert_eq!(format!("{:?}", Config::from_text(shipped).unwrap()), format!("{:?}", Config::default()));

    let setting = |line: &str| line.starts_with('#') && !line.starts_with("# ") && line != "#";
    let active: String = shipped
        .lines()
        .map(|line| if setting(line) { &line[1..] } else { line })
        .flat_map(|line| [line, "\n"])
        .collect();
    let config = Config::from_text(&active).unwrap();
    let minimal = Config::from_text(&format!("{PROVIDER}client_secret = \"s\"\n{WIKI}")).unwrap();
    assert_eq!(format!("{:?}", config.providers), format!("{:?}", minimal.providers));
    let mut wiki = minimal.upstreams[0].clone();
    (wiki.url, wiki.rules) = (None, config.upstreams[0].rules.clone());
    assert_eq!(format!("{:?}", config.upstreams[0]), format!("{wiki:?}"));
    assert_eq!(Settings::resolve(std::iter::empty(), &config.fixed), Settings::default());
    assert_eq!(config.permissions.iter().count(), Right::ALL.len() + 1, "one is shown");
    let defaults = Config::default();
    let (fixed, permissions) = (defaults.fixed.clone(), defaults.permissions.clone());
    let rest = Config { providers: vec![], upstreams: vec![], fixed, permissions, ..config };
    assert_eq!(format!("{rest:?}"), format!("{defaults:?}"));

    // A key of no meaning in each section brings out the list of those that have one.
    let sections = [
        "",
        "[database]",
        "[sessions]",
        "[admin]",
        "[login]",
        "[signup]",
        "[password]",
        "[mail]",
        "[headers]",
    ];
    let lists = ["[log]", "[[provider]]", "[[upstream]]", "[[upstream]]\n[[upstream.rule]]"];
    for section in sections.into_iter().chain(lists) {
        let said = said(&format!("{section}\nnothing_like_it = 1"));
        let known = said.lines().find_map(|line| line.split_once("these are known here: ")).unwrap().1;
        let header = section.lines().last().unwrap_or_default();
        let part = active.split_once(header).unwrap().1;
        for key in known.split(", ") {
            let there = [
                format!("\n{key} = "),
                format!("\n[{key}]\n"),
                format!("\n[[{key}]]\n"),
                format!("\n[[upstream.{key}]]\n"),
            ];
            let own = if header.is_empty() { active.as_str() } else { part };
            assert!(there.iter().any(|line| own.contains(line)), "{section} {key}");
        }
    }
}

#[test]
fn what_will_not_work_is_warned_of() {
    let rule = "[[upstream.rule]]\npath = \"/\"\ntier = \"any\"\n";
    let auth = "public_url = \"https://auth.example.com\"\n";
    let domain = "[sessions]\ncookie_domain = \"example.com\"\n";
    let warnings = |text: &str| Config::from_text(text).unwrap().warnings();
    let auth = format!(
        "{auth}[mail]\ntransport = \"smtp\"\nhost = \"smtp.example.com\"\nfrom = \"no-reply@example.com\"\n"
    );
    assert!(warnings(&format!("{auth}{domain}{WIKI}{rule}")).is_empty());
    let cases = [
        (
            format!("{auth}{WIKI}{rule}"),
            "upstream \"wiki\" at wiki.example.com never gets the session's cookie",
        ),
        (format!("{auth}{domain}{WIKI}"), "upstream \"wiki\" has no [[upstream.rule]]"),
        (
            format!("{auth}{domain}[[upstream]]\nname = \"w\"\nhost = \"w.example.com\"\n{rule}"),
            "upstream \"w\" has no url",
        ),
        ("public_url = \"https://auth.example.com\"".to_owned(), "mail is written into files"),
        ("[password]\nmemory_kib = 8".to_owned(), "memory_kib and iterations in [password] are weaker"),
    ];
    for (text, start) in cases {
        let said = warnings(&text);
        assert!(said.len() == 1 && said[0].starts_with(start), "{said:?}");
    }
}

#[test]
fn mail_is_sent_encrypted_or_not_at_all() {
    let smtp = "[mail]\ntransport = \"smtp\"\nfrom = \"Aldergate <no-reply@example.com>\"\nhost = \"smtp.example.com\"\n";
    let MailTransport::Smtp(server) = Config::from_text(smtp).unwrap().mail.transport else { panic!("smtp") };
    assert_eq!((server.port, server.tls, server.login.is_none()), (587, SmtpTls::Starttls, true));
    let tls =
        Config::from_text(&format!("{smtp}tls = \"tls\"\nusername = \"n\"\npassword = \"hunter2\"")).unwrap();
    let MailTransport::Smtp(server) = &tls.mail.transport else { panic!("smtp") };
    assert_eq!((server.port, server.tls, server.login.is_some()), (465, SmtpTls::Implicit, true));
    assert!(!format!("{tls:?}").contains("hunter2"));
    assert_eq!(
        said("[mail]\ntransport = \"smtp\"\nfrom = \"a@b.example\"\nhost = \"::1\"\ntls = \"none\""),
        "nothing"
    );
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("ca.pem");
    fs::write(&empty, "nothing").unwrap();
    for (more, sentence) in [
        (
            "tls = \"none\"".to_owned(),
            "narthex.toml:5: `mail.tls` may be \"none\" only when `host` is this machine",
        ),
        (
            "tls = \"opportunistic\"".to_owned(),
            "narthex.toml:5: `mail.tls` takes these words only: \"starttls\", \"tls\", \"none\"",
        ),
        ("username = \"n\"".to_owned(), "narthex.toml:5: `mail.username` needs a password"),
        ("password = \"hunter2\"".to_owned(), "narthex.toml:5: `mail.password` needs a username"),
        ("port = 0".to_owned(), "narthex.toml:5: `mail.port` must be a whole number from 1 to 65535"),
        (
            "ca_file = \"/nowhere/ca\"".to_owned(),
            "narthex.toml:5: `mail.ca_file` names /nowhere/ca, which cannot be read",
        ),
        (format!("ca_file = '{}'", empty.display()), "narthex.toml:5: `mail.ca_file` names "),
    ] {
        let said = said(&format!("{smtp}{more}"));
        assert!(said.starts_with(sentence) && !said.contains("hunter2"), "{said}");
    }
    let cases = [
        (
            "[mail]\ntransport = \"smtp\"\nhost = \"h\"",
            "narthex.toml:1: `mail.from` is missing; add a line like",
        ),
        (
            "[mail]\ntransport = \"smtp\"\nfrom = \"a@b.example\"",
            "narthex.toml:1: `mail.host` is missing; add a line like",
        ),
        ("[mail]\nfrom = \"nobody\"", "narthex.toml:2: `mail.from` must be an email address"),
        (
            "[mail]\nfrom = \"a\\r\\nBcc: x <a@b.example>\"",
            "narthex.toml:2: `mail.from` must be an email address",
        ),
    ];
    for (text, sentence) in cases {
        assert!(said(text).starts_with(sentence), "{}", said(text));
    }
}
