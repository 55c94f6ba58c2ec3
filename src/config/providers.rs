//! The keys of `[[provider]]`, and what they must agree with.
use std::time::Duration;

use secrecy::SecretString;

use super::{
    Algorithm, AssertionAudience, ClientAuth, EmailVerified, Provider, Provision, ResponseMode, mapping,
    section::Section,
    source::Node,
    value::{Read, boolean, name, secure_url, span, text, texts, word, words},
};
use crate::domain::user::Email;

const AUTH: &[(&str, ClientAuth)] = &[
    ("client_secret_basic", ClientAuth::Basic),
    ("client_secret_post", ClientAuth::Post),
    ("private_key_jwt", ClientAuth::PrivateKeyJwt),
    ("none", ClientAuth::None),
];

const AUDIENCE: &[(&str, AssertionAudience)] =
    &[("token_endpoint", AssertionAudience::TokenEndpoint), ("issuer", AssertionAudience::Issuer)];

const RESPONSE_MODE: &[(&str, ResponseMode)] =
    &[("query", ResponseMode::Query), ("form_post", ResponseMode::FormPost)];

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

/// Sessions seldom last longer than a day, so nothing longer would ever be due.
const DAY: Duration = Duration::from_secs(86_400);

/// All of them. One issuer may stand there with several clients, but a client with one name only: an ID token for one
/// would be one for the other.
pub(super) fn read_all(sections: Vec<Section<'_>>) -> Vec<Provider> {
    let mut clients = vec![];
    let mut providers: Vec<_> =
        sections.into_iter().filter_map(|section| read(section, &mut clients)).collect();
    let named: Vec<_> = providers.iter().map(|it| (it.issuer.clone(), it.name.clone())).collect();
    for provider in &mut providers {
        let others =
            named.iter().filter(|(issuer, name)| *issuer == provider.issuer && *name != provider.name);
        provider.same_issuer = others.map(|(_, name)| name.clone()).collect();
    }
    providers
}

/// `clients` are those of the sections before, each with its issuer.
fn read(mut section: Section<'_>, clients: &mut Vec<(String, String)>) -> Option<Provider> {
    let name = section.require("name", "\"corp\"", name);
    let issuer_key = "\"https://idp.example.com\"";
    // The issuer is compared byte for byte, so the text is kept, not the URL.
    let issuer = section.require("issuer", issuer_key, |node| secure_url(node).and_then(|_| text(node)));
    let client_id = section.require("client_id", "\"narthex\"", text);
    if let Some(client) = issuer.clone().zip(client_id.clone()) {
        if clients.contains(&client) {
            section.wrong(
                "client_id",
                "is that of another [[provider]] with the same issuer; keep one of the two, or register a client for each",
            );
        }
        clients.push(client);
    }
    let proof = proof(&mut section);
    let response_mode = section.get("response_mode", word(RESPONSE_MODE)).unwrap_or(ResponseMode::Query);
    let list = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let defaults = [Algorithm::RS256, Algorithm::ES256, Algorithm::PS256, Algorithm::EdDSA];
    let algorithms = section.get("algorithms", words(ALGORITHMS)).unwrap_or(defaults.into());
    let scopes =
        section.get("scopes", texts).unwrap_or_else(|| list(&["openid", "profile", "email", "groups"]));
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
    let allowed_domains = section.get("allowed_domains", domains).unwrap_or_default();
    let allowed_groups = section.get("allowed_groups", texts).unwrap_or_default();
    let links_verified_email = section.get("links_verified_email", boolean).unwrap_or(false);
    let revalidate = section.get("revalidate", span(DAY)).filter(|every| !every.is_zero());
    let required_claims = mapping::required(&mut section);
    let mapping = mapping::mapping(&mut section);
    section.finish();
    let name = name?;
    Some(Provider {
        label: label.unwrap_or_else(|| format!("Continue with {name}")),
        name,
        issuer: issuer?,
        same_issuer: vec![],
        client_id: client_id?,
        client_secret: proof.secret,
        client_key: proof.key,
        client_assertion_audience: proof.audience,
        client_auth: proof.auth,
        algorithms,
        response_mode,
        scopes,
        provision,
        email_verified,
        allowed_domains,
        allowed_groups,
        required_claims,
        links_verified_email,
        username_claim,
        name_claim,
        groups_claim,
        revalidate,
        mapping,
    })
}

/// How we prove who we are.
struct Proof {
    auth: ClientAuth,
    secret: Option<SecretString>,
    key: Option<SecretString>,
    audience: AssertionAudience,
}

fn proof(section: &mut Section<'_>) -> Proof {
    let auth = section.get("client_auth", word(AUTH)).unwrap_or(ClientAuth::Basic);
    let secret = section.secret("client_secret", "client_secret_file");
    let key = section.file("client_key_file");
    let audience =
        section.get("client_assertion_audience", word(AUDIENCE)).unwrap_or(AssertionAudience::TokenEndpoint);
    let shows_secret = matches!(auth, ClientAuth::Basic | ClientAuth::Post);
    if shows_secret && secret.is_none() && !section.is_there("client_secret_file") {
        section.wrong(
            "client_secret",
            "is missing; add client_secret_file = \"…\", or client_auth = \"none\" for a client without a secret",
        );
    }
    if auth == ClientAuth::None && secret.is_some() {
        section
            .wrong("client_secret", "is there, but client_auth = \"none\" uses none; leave one of them out");
    }
    if auth == ClientAuth::PrivateKeyJwt {
        if secret.is_some() {
            section.wrong(
                "client_secret",
                "is there, but client_auth = \"private_key_jwt\" uses a key; leave one of them out",
            );
        }
        if key.is_none() && !section.is_there("client_key_file") {
            section.wrong(
                "client_key_file",
                "is missing; make a key with `openssl genpkey -algorithm ed25519` (or rsa, or ec) and name its file",
            );
        }
    } else if key.is_some() {
        section.wrong(
            "client_key_file",
            "is there, but only client_auth = \"private_key_jwt\" uses a key; leave one of them out",
        );
    }
    Proof { auth, secret, key, audience }
}

/// Domains of addresses, as they stand behind the `@`.
fn domains(node: &Node) -> Read<Vec<String>> {
    let domains = texts(node)?;
    match domains.iter().find(|domain| Email::parse(&format!("a@{domain}")).is_none()) {
        Some(domain) => Err(format!(
            "must hold domains such as \"example.com\", without @ and in plain letters; `{domain}` is none"
        )),
        None => Ok(domains),
    }
}
