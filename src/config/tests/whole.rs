//! The environment, secrets, the shipped file, warnings: what concerns all sections.
use super::*;

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
    let shipped = include_str!("../../../config/narthex.toml");
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
        "[gateway]",
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
        (
            "[gateway]\ncache_ttl = '500ms'\nstale_if_error = '10s'".to_owned(),
            "cache_ttl and stale_if_error in [gateway] let somebody pass for up to 10.5 s after",
        ),
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
