use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, decode, decode_header,
    errors::{Error, ErrorKind},
    jwk::JwkSet,
};

#[derive(Debug, serde::Deserialize)]
struct Person {
    sub: String,
    name: String,
    email: Option<String>,
    roles: Option<Vec<String>>,
}

/// Ask again every five minutes, and when `verify` meets a key that is not among them.
async fn keys(issuer: &str) -> reqwest::Result<JwkSet> {
    reqwest::get(format!("{issuer}/.well-known/jwks.json")).await?.json().await
}

fn verify(assertion: &str, issuer: &str, keys: &JwkSet) -> Result<Person, Error> {
    let kid = decode_header(assertion)?.kid.unwrap_or_default();
    let key = keys.find(&kid).ok_or(ErrorKind::InvalidToken)?;
    let mut rules = Validation::new(Algorithm::ES256);
    rules.leeway = 10;
    rules.set_issuer(&[issuer]);
    rules.set_audience(&["wiki"]);
    rules.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
    Ok(decode::<Person>(assertion, &DecodingKey::from_jwk(key)?, &rules)?.claims)
}
