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

mod rules;
mod whole;

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
            "[headers]\nassertion = \"Authorization\"",
            "narthex.toml:2: `headers.assertion` means something else in HTTP; choose another name, such as the default",
        ),
        (
            "[headers]\nencoding = \"latin-1\"",
            "narthex.toml:2: `headers.encoding` takes these words only: \"percent\", \"utf-8\"",
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
    let said_of_metrics = said("[metrics]\nlisten = \"a\"");
    assert!(
        said_of_metrics.starts_with("narthex.toml:1: unknown key `metrics`; these are known"),
        "{said_of_metrics}"
    );
}

#[test]
fn a_provider_is_asked_again_only_where_that_was_written() {
    let every = |text: &str| {
        let config = format!("{PROVIDER}client_secret = \"s\"\n{text}");
        Config::from_text(&config).unwrap().providers[0].revalidate.map(|every| every.as_secs())
    };
    assert_eq!((every(""), every("revalidate = \"0s\"")), (None, None));
    assert_eq!((every("revalidate = \"15m\""), every("revalidate = \"1d\"")), (Some(900), Some(86_400)));
    for wrong in ["\"2d\"", "\"15\"", "15", "true"] {
        let said = said(&format!("{PROVIDER}client_secret = \"s\"\nrevalidate = {wrong}"));
        assert!(
            said.starts_with("narthex.toml:6: `provider.revalidate` must be a duration of at most"),
            "{said}"
        );
    }
}

#[test]
fn a_provider_and_an_upstream_are_checked_whole() {
    let provider = |more: &str| said(&format!("{PROVIDER}{more}"));
    let upstream = |more: &str| said(&format!("public_url = \"https://auth.example.com\"\n{WIKI}{more}"));
    let cases = [
        (provider("client_auth = \"none\""), "nothing"),
        (provider("client_secret = \"s\""), "nothing"),
        (provider("client_secret = \"s\"\nresponse_mode = \"form_post\""), "nothing"),
        (provider("client_key_file = \"/etc/hostname\"\nclient_auth = \"private_key_jwt\""), "nothing"),
        (
            provider("client_auth = \"private_key_jwt\""),
            "narthex.toml:1: `provider.client_key_file` is missing; make a key with `openssl genpkey -algorithm ed25519` (or rsa, or ec) and name its file",
        ),
        (
            provider("client_secret = \"s\"\nclient_key_file = \"/etc/hostname\""),
            "narthex.toml:6: `provider.client_key_file` is there, but only client_auth = \"private_key_jwt\" uses a key; leave one of them out",
        ),
        (
            provider("client_auth = \"client_secret_jwt\"\nclient_secret = \"s\""),
            "narthex.toml:5: `provider.client_auth` takes these words only: \"client_secret_basic\", \"client_secret_post\", \"private_key_jwt\", \"none\"",
        ),
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
            "narthex.toml: `provider` is there twice with the name \"corp\"; give each its own\n\
          narthex.toml:9: `provider.client_id` is that of another [[provider]] with the same issuer; keep one of the two, or register a client for each",
        ),
        (
            provider(&format!(
                "client_secret = \"s\"\n{}client_secret = \"s\"",
                PROVIDER.replace("corp", "twin")
            )),
            "narthex.toml:9: `provider.client_id` is that of another [[provider]] with the same issuer; keep one of the two, or register a client for each",
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
            "narthex.toml:7: `upstream.rule.path` must be a path as it is compared, from the first `/`, without empty segments, `.`, `..`, `;`, `?` and `#`; write it like \"/admin/\"",
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
            upstream(
                "[[upstream.rule]]\npath = \"/\"\ntier = \"any\"\nmethods = [\"GET\", \"HEAD\"]\nnetworks = [\"::ffff:10.0.0.0/104\"]",
            ),
            "nothing",
        ),
        (
            upstream("[[upstream.rule]]\npath = \"/\"\ntier = \"any\"\nmethods = [\"get\"]"),
            "narthex.toml:9: `upstream.rule.methods` must be a list of methods in capitals; write it like [\"GET\", \"POST\"]",
        ),
        (
            upstream("[[upstream.rule]]\npath = \"/\"\ntier = \"any\"\nmethods = []"),
            "narthex.toml:9: `upstream.rule.methods` must be a list of methods in capitals; write it like [\"GET\", \"POST\"]",
        ),
        (
            upstream("[[upstream.rule]]\npath = \"/\"\ntier = \"any\"\nmethods = [\"HEAD\"]"),
            "narthex.toml:9: `upstream.rule.methods` has HEAD, but not GET, and the two are judged alike; write \"GET\" for both",
        ),
        (
            upstream("[[upstream.rule]]\npath = \"/\"\nnetworks = [\"10.0.0.0/8\"]"),
            "narthex.toml:6: `upstream.rule.tier` is missing; add tier = \"any\" for every account, \"superuser\" for those only, roles or permissions, or public = true for everybody",
        ),
        (
            upstream("[[upstream.rule]]\npath = \"/\"\npublic = true\nnetworks = []"),
            "narthex.toml:9: `upstream.rule.networks` is empty, so that nobody could pass; write it like [\"10.0.0.0/8\"], or leave it out",
        ),
        (
            upstream("[[upstream.rule]]\npath = \"/\"\npublic = true\nnetworks = [\"home\"]"),
            "narthex.toml:9: `upstream.rule.networks` must be a list of addresses and networks; write it like [\"127.0.0.1\", \"10.0.0.0/8\", \"fd00::/8\"]",
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
        (upstream("roles = [\"wiki-\", \"\"]\npermissions = [\"admin.\"]\nassertion = false"), "nothing"),
        (
            upstream("roles = [\"Wiki,\"]"),
            "narthex.toml:6: `upstream.roles` must be a list of beginnings of role names; write it like [\"wiki-\"], or [\"\"] for all roles",
        ),
        (
            upstream("permissions = [\"wiki.\"]"),
            "narthex.toml:6: `upstream.permissions` must be a list of beginnings of permissions that [permissions] defines; write it like [\"main.\"], or [\"\"] for all permissions",
        ),
        (
            upstream("assertion = \"yes\""),
            "narthex.toml:6: `upstream.assertion` must be true or false, without quotes",
        ),
        (
            upstream("max_body = \"100 megabytes\""),
            "narthex.toml:6: `upstream.max_body` must be a size; write it like \"512KiB\", \"100MiB\" or \"2GiB\"",
        ),
        (
            said(
                "[[upstream]]\nname = \"wiki\"\nhost = \"https://wiki.example.com/\"\nurl = \"10.0.0.5:80\"",
            ),
            "narthex.toml:3: `upstream.host` must be a host as browsers send it; write it like \"wiki.example.com\" or \"wiki.example.com:8443\", or like \"*.apps.example.com\" for all that are one label below\n\
          narthex.toml:4: `upstream.url` must be a URL without a path; write it like \"http://10.0.0.5:8080\"",
        ),
    ];
    for (index, (said, expected)) in cases.iter().enumerate() {
        assert_eq!(said, expected, "case {index}");
    }
}
