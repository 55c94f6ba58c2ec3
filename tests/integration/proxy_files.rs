//! The shipped configurations of proxies: all of them speak of every header that the gate answers with, and those
//! that no test runs (Traefik, Envoy) have no key but documented ones.
use std::fs;

use serde_yaml_ng::Value;

use crate::harness::{
    Ask, Stack,
    front::{TOLD_BY_CLIENTS, shipped},
    gateway::Setup,
};

/// Headers of an answer that are for no application.
const OTHERS: [&str; 3] = ["cache-control", "content-length", "date"];

/// What Traefik documents of what we set (`doc.traefik.io/traefik/reference`): the static file's keys, then those of
/// the dynamic one. A `*` is a name that the operator chooses.
const TRAEFIK: [&[&str]; 2] = [
    &["entryPoints.*.address", "providers.file.filename"],
    &[
        "http.routers.*.rule",
        "http.routers.*.entryPoints",
        "http.routers.*.middlewares",
        "http.routers.*.service",
        "http.middlewares.*.headers.customRequestHeaders.*",
        "http.middlewares.*.forwardAuth.address",
        "http.middlewares.*.forwardAuth.trustForwardHeader",
        "http.middlewares.*.forwardAuth.authRequestHeaders",
        "http.middlewares.*.forwardAuth.authResponseHeaders",
        "http.services.*.loadBalancer.servers.url",
    ],
];

/// The fields of Envoy's API (`envoyproxy.io/docs/envoy/latest/api-v3`) that we set, by message. What is below an
/// `@type` belongs to that message.
const ENVOY: [(&str, &[&str]); 7] = [
    (
        "envoy.config.bootstrap.v3.Bootstrap",
        &[
            "static_resources.listeners.name",
            "static_resources.listeners.address.socket_address.address",
            "static_resources.listeners.address.socket_address.port_value",
            "static_resources.listeners.filter_chains.filters.name",
            "static_resources.listeners.filter_chains.filters.typed_config",
            "static_resources.clusters.name",
            "static_resources.clusters.connect_timeout",
            "static_resources.clusters.typed_extension_protocol_options.*",
            "static_resources.clusters.load_assignment.cluster_name",
            "static_resources.clusters.load_assignment.endpoints.lb_endpoints.endpoint.address.socket_address.address",
            "static_resources.clusters.load_assignment.endpoints.lb_endpoints.endpoint.address.socket_address.port_value",
        ],
    ),
    (
        "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        &[
            "stat_prefix",
            "use_remote_address",
            "strip_matching_host_port",
            "normalize_path",
            "path_with_escaped_slashes_action",
            "common_http_protocol_options.headers_with_underscores_action",
            "common_http_protocol_options.idle_timeout",
            "upgrade_configs.upgrade_type",
            "early_header_mutation_extensions.name",
            "early_header_mutation_extensions.typed_config",
            "http_filters.name",
            "http_filters.typed_config",
            "route_config.name",
            "route_config.virtual_hosts.name",
            "route_config.virtual_hosts.domains",
            "route_config.virtual_hosts.typed_per_filter_config.*",
            "route_config.virtual_hosts.request_headers_to_add.header.key",
            "route_config.virtual_hosts.request_headers_to_add.header.value",
            "route_config.virtual_hosts.request_headers_to_add.append_action",
            "route_config.virtual_hosts.routes.match.prefix",
            "route_config.virtual_hosts.routes.match.path_separated_prefix",
            "route_config.virtual_hosts.routes.route.cluster",
            "route_config.virtual_hosts.routes.route.timeout",
            "route_config.virtual_hosts.routes.direct_response.status",
        ],
    ),
    ("envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation", &["mutations.remove"]),
    (
        "envoy.extensions.filters.http.ext_authz.v3.ExtAuthz",
        &[
            "failure_mode_allow",
            "status_on_error.code",
            "allowed_headers.patterns.exact",
            "http_service.server_uri.uri",
            "http_service.server_uri.cluster",
            "http_service.server_uri.timeout",
            "http_service.path_prefix",
            "http_service.authorization_response.allowed_upstream_headers.patterns.exact",
        ],
    ),
    ("envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute", &["disabled"]),
    ("envoy.extensions.filters.http.router.v3.Router", &[]),
    (
        "envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        &["explicit_http_config.http_protocol_options", "common_http_protocol_options.idle_timeout"],
    ),
];

fn text(name: &str) -> String {
    fs::read_to_string(shipped(name)).unwrap()
}

fn yaml(name: &str) -> Value {
    serde_yaml_ng::from_str(&text(name)).unwrap()
}

/// Everything that lies on a path of keys, through all lists on the way.
fn at<'v>(value: &'v Value, path: &str) -> Vec<&'v Value> {
    path.split('.').fold(vec![value], |found, key| {
        let items = found.into_iter().flat_map(|value| match value {
            Value::Sequence(items) => items.iter().collect(),
            other => vec![other],
        });
        items.filter_map(|value| value.get(key)).collect()
    })
}

fn words(values: Vec<&Value>) -> Vec<String> {
    let items = values.into_iter().flat_map(|value| match value {
        Value::Sequence(items) => items.iter().collect(),
        other => vec![other],
    });
    items.filter_map(Value::as_str).map(str::to_lowercase).collect()
}

/// The message of this type, wherever it is.
fn message<'v>(value: &'v Value, of: &str) -> Option<&'v Value> {
    if value.get("@type").and_then(Value::as_str).is_some_and(|name| name.ends_with(of)) {
        return Some(value);
    }
    match value {
        Value::Mapping(map) => map.values().find_map(|value| message(value, of)),
        Value::Sequence(items) => items.iter().find_map(|value| message(value, of)),
        _ => None,
    }
}

/// The spellings of a header with `-` and `_`.
fn spellings(name: &str) -> Vec<String> {
    name.split('-').fold(vec![], |begun, part| match begun.is_empty() {
        true => vec![part.to_owned()],
        false => begun.iter().flat_map(|it| [format!("{it}-{part}"), format!("{it}_{part}")]).collect(),
    })
}

/// What an allowed answer tells the application.
async fn told() -> Vec<String> {
    let stack = Stack::embedded();
    let settings = "public_url = 'https://auth.example.test'\ntrusted_proxies = ['127.0.0.1']\n\
        [[upstream]]\nname = 'open'\nhost = 'open.example.test'\n[[upstream.rule]]\npath = '/'\npublic = true\n";
    let gateway = Setup::on(&stack).with(settings).start().await;
    let ask = Ask::get("https://narthex.internal/verify")
        .header("x-original-url", "https://open.example.test/")
        .header("x-original-method", "GET");
    let answer = gateway.browser().send(ask).await.is(200);
    gateway.stop().await;
    let mut names: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
    names.retain(|name| !OTHERS.contains(&name.as_str()));
    if !names.iter().any(|name| name == "x-narthex-assertion") {
        names.push("x-narthex-assertion".to_owned());
    }
    names
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_proxy_tells_the_application_all_that_the_gate_says() {
    let names = told().await;
    assert!(names.len() > 5, "{names:?}");
    let (nginx, caddy, lua) = (text("nginx.conf"), text("Caddyfile"), text("haproxy.lua"));
    let (traefik, envoy) = (yaml("traefik-dynamic.yml"), yaml("envoy.yaml"));
    let lines = |text: &str| -> Vec<Vec<String>> {
        let lines = text.lines().map(str::to_lowercase);
        lines.map(|line| line.split_whitespace().map(str::to_owned).collect()).collect()
    };
    let (nginx, caddy) = (lines(&nginx), lines(&caddy));
    let has_line = |lines: &[Vec<String>], begin: &str, name: &str, end: &str| {
        lines.iter().any(|line| {
            line.first().is_some_and(|word| word == begin)
                && line.iter().any(|word| word == name)
                && line.last().is_some_and(|word| word.starts_with(end))
        })
    };
    let asks = message(&envoy, "ext_authz.v3.ExtAuthz").unwrap();
    let upstream =
        words(at(asks, "http_service.authorization_response.allowed_upstream_headers.patterns.exact"));
    let removed = message(&envoy, "HeaderMutation").unwrap();
    let removed = words(at(removed, "mutations.remove"));
    let copied = words(at(&traefik, "http.middlewares.narthex.forwardAuth.authResponseHeaders"));
    let stripped = at(&traefik, "http.middlewares.told-by-clients.headers.customRequestHeaders")[0];
    let stripped: Vec<_> = stripped.as_mapping().unwrap().keys().filter_map(Value::as_str).collect();
    let stripped: Vec<_> = stripped.iter().map(|name| name.to_lowercase()).collect();
    for name in &names {
        let variable = format!("$upstream_http_{};", name.replace('-', "_"));
        assert!(nginx.iter().any(|line| line.last() == Some(&variable)), "nginx.conf has no {variable}");
        assert!(has_line(&nginx, "proxy_set_header", name, "$narthex_"), "nginx.conf: {name}");
        assert!(
            has_line(&caddy, "request_header", name, &format!("{{rp.header.{name}}}")),
            "Caddyfile: {name}"
        );
        assert!(lua.contains(&format!("\"{name}\"")), "haproxy.lua: {name}");
        assert!(copied.contains(name), "traefik-dynamic.yml: {name}");
        assert!(upstream.contains(name), "envoy.yaml: {name}");
        if name != "cookie" {
            assert!(removed.contains(name), "envoy.yaml removes no {name}");
            for spelling in spellings(name) {
                assert!(stripped.contains(&spelling), "traefik-dynamic.yml removes no {spelling}");
            }
        }
    }
}

/// What Traefik sets itself, in place of what the client sent.
const SET_BY_TRAEFIK: [&str; 6] = [
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-port",
    "x-forwarded-server",
    "x-real-ip",
];

#[test]
fn a_05_what_clients_say_of_a_request_is_removed() {
    let (traefik, envoy) = (yaml("traefik-dynamic.yml"), yaml("envoy.yaml"));
    let removed = words(at(message(&envoy, "HeaderMutation").unwrap(), "mutations.remove"));
    let stripped = at(&traefik, "http.middlewares.told-by-clients.headers.customRequestHeaders")[0];
    let stripped: Vec<_> = stripped.as_mapping().unwrap().iter().collect();
    for name in TOLD_BY_CLIENTS {
        assert!(removed.iter().any(|it| it == name), "envoy.yaml: {name}");
        let by_traefik = stripped.iter().any(|(key, value)| {
            key.as_str().unwrap().eq_ignore_ascii_case(name) && value.as_str() == Some("")
        });
        assert!(by_traefik || SET_BY_TRAEFIK.contains(&name), "traefik-dynamic.yml: {name}");
    }
}

#[test]
fn a_15_no_protocol_but_websocket_is_switched_to() {
    let (traefik, envoy) = (yaml("traefik-dynamic.yml"), yaml("envoy.yaml"));
    let manager = message(&envoy, "HttpConnectionManager").unwrap();
    assert_eq!(words(at(manager, "upgrade_configs.upgrade_type")), ["websocket"]);
    let upgrade = |middleware: &str| {
        words(at(&traefik, &format!("http.middlewares.{middleware}.headers.customRequestHeaders.Upgrade")))
    };
    assert_eq!(
        (upgrade("told-by-clients"), upgrade("websocket")),
        (vec![String::new()], vec!["websocket".to_owned()])
    );
    let middlewares = words(at(&traefik, "http.routers.wiki-websocket.middlewares"));
    assert_eq!(middlewares, ["told-by-clients", "websocket", "narthex"]);
}

#[test]
fn all_fail_closed_and_ask_where_they_are_answered() {
    let envoy = yaml("envoy.yaml");
    let asks = message(&envoy, "ext_authz.v3.ExtAuthz").unwrap();
    assert_eq!(at(asks, "failure_mode_allow"), [&Value::Bool(false)]);
    assert_eq!(words(at(asks, "http_service.path_prefix")), ["/verify/envoy"]);
    let open =
        words(at(message(&envoy, "HttpConnectionManager").unwrap(), "route_config.virtual_hosts.domains"));
    assert_eq!(open, ["auth.example.com", "wiki.example.com"]);
    let told = words(at(asks, "allowed_headers.patterns.exact"));
    let traefik = yaml("traefik-dynamic.yml");
    let asks = at(&traefik, "http.middlewares.narthex.forwardAuth");
    assert_eq!(words(at(asks[0], "address")), ["http://127.0.0.1:8080/verify?mode=redirect"]);
    assert_eq!(at(asks[0], "trustForwardHeader"), [&Value::Bool(false)]);
    assert_eq!(words(at(&traefik, "http.routers.wiki.middlewares")), ["told-by-clients", "narthex"]);
    // What tells a person from a program, the session, and the language.
    for name in words(at(asks[0], "authRequestHeaders")) {
        assert!(told.contains(&name), "envoy.yaml does not pass on {name}");
    }
}

#[test]
fn traefik_and_envoy_know_every_key() {
    for (file, allowed) in ["traefik.yml", "traefik-dynamic.yml"].into_iter().zip(TRAEFIK) {
        leaves_are_known(&yaml(file), "", file, allowed);
    }
    message_is_known(&yaml("envoy.yaml"), ENVOY[0].0);
}

fn message_is_known(value: &Value, name: &str) {
    let fields = ENVOY.iter().find(|(known, _)| *known == name);
    let (_, fields) = fields.unwrap_or_else(|| panic!("envoy.yaml: {name} is not in the table"));
    leaves_are_known(value, "", name, fields);
}

/// That each leaf is at one of these paths; a message in a message is judged by its own.
fn leaves_are_known(value: &Value, path: &str, of: &str, allowed: &[&str]) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    let kind = value.get("@type").and_then(Value::as_str).filter(|_| !path.is_empty());
    if let Some(kind) = kind {
        is_known(path, of, allowed);
        return message_is_known(value, kind.trim_start_matches("type.googleapis.com/"));
    }
    match value {
        Value::Mapping(map) if !map.is_empty() => {
            for (key, value) in map.iter().filter(|(key, _)| key.as_str() != Some("@type")) {
                leaves_are_known(value, &below(key.as_str().unwrap()), of, allowed);
            }
        }
        Value::Sequence(items) => items.iter().for_each(|item| leaves_are_known(item, path, of, allowed)),
        _ => is_known(path, of, allowed),
    }
}

fn is_known(path: &str, of: &str, allowed: &[&str]) {
    let fits = |pattern: &&&str| {
        let (pattern, path): (Vec<_>, Vec<_>) = (pattern.split('.').collect(), path.split('.').collect());
        let same = pattern.iter().zip(&path).all(|(part, key)| *part == "*" || part == key);
        // Names of Envoy's extensions have dots of their own.
        same && (pattern.len() == path.len() || (pattern.last() == Some(&"*") && path.len() > pattern.len()))
    };
    assert!(allowed.iter().any(|pattern| fits(&pattern)), "{of}: {path} is not documented");
}
