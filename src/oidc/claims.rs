//! From claims to a [`Profile`]: what the verified ID token says, and userinfo where it is silent.
use serde_json::{Map, Value};

use super::id_token::is_identifier;
use crate::{
    config::{self, EmailVerified, Required},
    domain::{
        identity::{EmailClaim, Identity, Profile},
        user::Email,
    },
};

/// A JSON object of claims.
pub type Claims = Map<String, Value>;

/// Whether userinfo need not be asked.
pub(super) fn are_complete(claims: &Claims, config: &config::Provider) -> bool {
    let vouched = config.email_verified == EmailVerified::Trusted || claims.contains_key("email_verified");
    text(claims, "email").is_some()
        && vouched
        && text(claims, &config.username_claim).is_some()
        && text(claims, &config.name_claim).is_some()
        && groups(claims, &config.groups_claim).is_some()
        && config.required_claims.keys().all(|claim| find(claims, claim).is_some())
}

/// Who somebody with these claims would be, whoever signed them: for `narthex explain`.
///
/// # Errors
/// A sentence, when nobody could be meant.
pub fn unverified(claims: &Claims, config: &config::Provider) -> Result<Profile, String> {
    if let Some(issuer) = claims.get("iss").filter(|issuer| issuer.as_str() != Some(&config.issuer)) {
        return Err(format!("`iss` is {issuer}, but the issuer of `{}` is {}", config.name, config.issuer));
    }
    let subject = identifier(claims, "sub").ok_or(
        "there is no `sub`, the provider's name for the person, of 1 to 255 bytes and without control characters",
    )?;
    let identity = Identity { issuer: config.issuer.clone(), subject };
    Ok(profile(identity, claims, &Claims::new(), config))
}

/// Who signed in. `token` is the ID token, which is believed before `userinfo`.
pub(super) fn profile(
    identity: Identity,
    token: &Claims,
    userinfo: &Claims,
    config: &config::Provider,
) -> Profile {
    let first = |claim: &str| text(token, claim).or_else(|| text(userinfo, claim));
    Profile {
        identity,
        provider: config.name.clone(),
        username: first(&config.username_claim),
        name: first(&config.name_claim),
        email: email([token, userinfo], config.email_verified),
        groups: groups(token, &config.groups_claim).or_else(|| groups(userinfo, &config.groups_claim)),
        groups_elsewhere: [token, userinfo]
            .into_iter()
            .any(|claims| is_elsewhere(claims, &config.groups_claim)),
        lacks: lacking([token, userinfo], config),
        session: identifier(token, "sid"),
    }
}

/// The address and the word for it come from one source: userinfo may vouch for its own address only.
fn email(sources: [&Claims; 2], rule: EmailVerified) -> EmailClaim {
    let with_email = || sources.into_iter().filter(|claims| text(claims, "email").is_some());
    let Some(source) =
        with_email().find(|claims| claims.contains_key("email_verified")).or(with_email().next())
    else {
        return EmailClaim::Missing;
    };
    match text(source, "email").as_deref().and_then(Email::parse) {
        None => EmailClaim::Missing,
        Some(email) if rule == EmailVerified::Trusted => EmailClaim::Counts(email),
        Some(email) if source.get("email_verified") == Some(&Value::Bool(true)) => EmailClaim::Counts(email),
        Some(_) => EmailClaim::Unverified,
    }
}

/// A claim that is a text with something in it.
fn text(claims: &Claims, name: &str) -> Option<String> {
    let text = find(claims, name)?.as_str()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// A claim that names something at the provider, to the letter: white space around it belongs to it.
fn identifier(claims: &Claims, name: &str) -> Option<String> {
    claims.get(name)?.as_str().filter(|text| is_identifier(text)).map(ToOwned::to_owned)
}

/// One group, or a list of them; what is not a text is passed over.
fn groups(claims: &Claims, name: &str) -> Option<Vec<String>> {
    match find(claims, name)? {
        Value::String(group) => Some(vec![group.clone()]),
        Value::Array(groups) => {
            Some(groups.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect())
        }
        _ => None,
    }
}

/// Whether these claims name a place where the groups are told, in place of the groups.
fn is_elsewhere(claims: &Claims, name: &str) -> bool {
    let outer = name.split('.').next().unwrap_or_default();
    let names = claims.get("_claim_names").and_then(Value::as_object);
    names.is_some_and(|names| names.contains_key(name) || names.contains_key(outer))
}

/// The first required claim that is not what it has to be. The ID token is believed before userinfo.
fn lacking([token, userinfo]: [&Claims; 2], config: &config::Provider) -> Option<String> {
    let met = |(claim, required): &(&String, &Required)| {
        let value = find(token, claim).or_else(|| find(userinfo, claim));
        value.is_some_and(|value| meets(value, required))
    };
    let mut unmet = config.required_claims.iter().filter(|it| !met(it));
    unmet.next().map(|(claim, _)| claim.clone())
}

fn meets(value: &Value, required: &Required) -> bool {
    match (value, required) {
        (Value::Bool(truth), Required::Truth(wanted)) => truth == wanted,
        (Value::String(text), Required::OneOf(wanted)) => wanted.contains(text),
        (Value::Array(values), required) => {
            values.iter().any(|value| !value.is_array() && meets(value, required))
        }
        _ => false,
    }
}

/// The claim of exactly this name (which may be a URL, dots and all), or the one that a path with dots
/// leads to: `realm_access.roles`.
fn find<'a>(claims: &'a Claims, name: &str) -> Option<&'a Value> {
    claims.get(name).or_else(|| {
        let (outer, inner) = name.split_once('.')?;
        find(claims.get(outer)?.as_object()?, inner)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::oidc::tests::provider_config;

    fn claims(value: Value) -> Claims {
        serde_json::from_value(value).unwrap()
    }

    fn read(token: Value, userinfo: Value, change: impl FnOnce(&mut config::Provider)) -> Profile {
        let mut config = provider_config("https://idp.example.com");
        change(&mut config);
        let identity = Identity { issuer: config.issuer.clone(), subject: "s".into() };
        profile(identity, &claims(token), &claims(userinfo), &config)
    }

    fn address(text: &str) -> EmailClaim {
        EmailClaim::Counts(Email::parse(text).unwrap())
    }

    #[test]
    fn a_46_only_the_boolean_true_verifies_an_email() {
        let email = |verified: Value| {
            read(json!({"email": "a@x.example", "email_verified": verified}), json!({}), |_| {}).email
        };
        assert_eq!(email(json!(true)), address("a@x.example"));
        for other in [json!(false), json!("true"), json!("false"), json!(1), json!(null), json!([true])] {
            assert_eq!(email(other.clone()), EmailClaim::Unverified, "{other}");
        }
        assert_eq!(read(json!({"email": "a@x.example"}), json!({}), |_| {}).email, EmailClaim::Unverified);
        assert_eq!(read(json!({"email_verified": true}), json!({}), |_| {}).email, EmailClaim::Missing);
        assert_eq!(read(json!({"email": "a@b@x.example"}), json!({}), |_| {}).email, EmailClaim::Missing);
    }

    #[test]
    fn a_trusted_provider_owns_its_addresses() {
        let email = |token| read(token, json!({}), |c| c.email_verified = EmailVerified::Trusted).email;
        assert_eq!(email(json!({"email": "a@x.example"})), address("a@x.example"));
        assert_eq!(email(json!({})), EmailClaim::Missing);
    }

    #[test]
    fn userinfo_vouches_for_its_own_address_only() {
        let email = |token, userinfo| read(token, userinfo, |_| {}).email;
        let vouched = json!({"email": "b@x.example", "email_verified": true});
        assert_eq!(email(json!({}), vouched.clone()), address("b@x.example"));
        assert_eq!(email(json!({"email": "a@x.example"}), vouched.clone()), address("b@x.example"));
        assert_eq!(
            email(json!({"email": "a@x.example", "email_verified": false}), vouched),
            EmailClaim::Unverified
        );
        assert_eq!(
            email(json!({"email": "a@x.example"}), json!({"email_verified": true})),
            EmailClaim::Unverified
        );
    }

    #[test]
    fn the_token_is_believed_before_userinfo() {
        let profile = read(
            json!({"preferred_username": "mina", "name": "  ", "sid": "s1"}),
            json!({"preferred_username": "other", "name": "Mina Park", "sid": "s2", "groups": ["staff"]}),
            |_| {},
        );
        assert_eq!(profile.username.as_deref(), Some("mina"));
        assert_eq!(profile.name.as_deref(), Some("Mina Park"));
        assert_eq!(profile.groups, Some(vec!["staff".to_owned()]));
        assert_eq!(profile.session.as_deref(), Some("s1"));
    }

    #[test]
    fn what_names_a_session_or_a_person_is_taken_to_the_letter() {
        let session = |token: Value| read(token, json!({}), |_| {}).session;
        assert_eq!(session(json!({"sid": " one "})).as_deref(), Some(" one "));
        assert_eq!(session(json!({"sid": "  "})).as_deref(), Some("  "));
        assert_eq!(session(json!({"sid": ""})), None);
        let config = provider_config("https://idp.example.com");
        let profile = unverified(&claims(json!({"sub": " s\u{a0}"})), &config).unwrap();
        assert_eq!(profile.identity.subject, " s\u{a0}");
        for sub in [json!(""), json!("a\nb"), json!("s".repeat(256)), json!(1)] {
            assert!(unverified(&claims(json!({"sub": sub})), &config).is_err(), "{sub}");
        }
    }

    #[test]
    fn groups_come_as_text_list_or_path() {
        let groups = |token, claim: &str| {
            let claim = claim.to_owned();
            read(token, json!({}), |c| c.groups_claim = claim).groups
        };
        let some = |list: &[&str]| Some(list.iter().map(|group| (*group).to_owned()).collect::<Vec<_>>());
        assert_eq!(groups(json!({"groups": "staff"}), "groups"), some(&["staff"]));
        assert_eq!(groups(json!({"groups": ["a", 1, "b", null]}), "groups"), some(&["a", "b"]));
        assert_eq!(groups(json!({"groups": []}), "groups"), some(&[]));
        assert_eq!(groups(json!({"groups": {"a": 1}}), "groups"), None);
        assert_eq!(groups(json!({"groups": null}), "groups"), None);
        assert_eq!(groups(json!({}), "groups"), None);
        let nested = json!({"realm_access": {"roles": ["r"]}, "https://x.example/groups": ["u"]});
        assert_eq!(groups(nested.clone(), "realm_access.roles"), some(&["r"]));
        assert_eq!(groups(nested.clone(), "https://x.example/groups"), some(&["u"]));
        assert_eq!(groups(nested, "realm_access.roles.x"), None);
    }

    #[test]
    fn groups_that_are_told_elsewhere_are_none() {
        let overage = json!({
            "_claim_names": {"groups": "src1"},
            "_claim_sources": {"src1": {"endpoint": "https://graph.example/groups"}},
        });
        let profile = read(overage.clone(), json!({}), |_| {});
        assert!(profile.groups.is_none() && profile.groups_elsewhere);
        let nested = read(overage.clone(), json!({}), |c| c.groups_claim = "groups.all".into());
        assert!(nested.groups_elsewhere);
        assert!(!read(overage, json!({}), |c| c.groups_claim = "roles".into()).groups_elsewhere);
        assert!(!read(json!({"_claim_names": "groups"}), json!({}), |_| {}).groups_elsewhere);
    }

    #[test]
    fn a_required_claim_has_to_be_what_it_has_to_be() {
        let one_of = |texts: &[&str]| Required::OneOf(texts.iter().map(|text| (*text).to_owned()).collect());
        let lacks = |token: Value, userinfo: Value| {
            read(token, userinfo, |c| {
                c.required_claims.insert("department".into(), one_of(&["rd", "it"]));
                c.required_claims.insert("org.employee".into(), Required::Truth(true));
            })
            .lacks
        };
        let employee = json!({"employee": true});
        assert_eq!(lacks(json!({"department": "rd", "org": employee}), json!({})), None);
        assert_eq!(lacks(json!({"department": ["x", "it"], "org": employee}), json!({})), None);
        assert_eq!(lacks(json!({"department": "rd"}), json!({"org": employee})), None, "from userinfo");
        for department in [json!("RD"), json!("r"), json!(["rd2"]), json!(null), json!(true), json!([["rd"]])]
        {
            let claims = json!({"department": department, "org": employee});
            assert_eq!(lacks(claims.clone(), json!({})).as_deref(), Some("department"), "{claims}");
            let vouched = json!({"department": "rd"});
            assert_eq!(lacks(claims, vouched).as_deref(), Some("department"), "the token goes before");
        }
        for truth in [json!(false), json!("true"), json!(1), json!(null)] {
            let claims = json!({"department": "it", "org": {"employee": truth}});
            assert_eq!(lacks(claims, json!({})).as_deref(), Some("org.employee"));
        }
    }

    #[test]
    fn claims_from_a_file_are_read_as_those_of_a_token() {
        let config = provider_config("https://idp.example.com");
        let profile = unverified(&claims(json!({"sub": "s", "name": "N"})), &config).unwrap();
        assert_eq!((profile.identity.subject.as_str(), profile.name.as_deref()), ("s", Some("N")));
        assert!(unverified(&claims(json!({"name": "N"})), &config).unwrap_err().contains("`sub`"));
        let foreign = claims(json!({"sub": "s", "iss": "https://evil.example"}));
        assert!(unverified(&foreign, &config).unwrap_err().contains("https://idp.example.com"));
    }

    #[test]
    fn userinfo_is_asked_when_something_is_missing() {
        let config = provider_config("https://idp.example.com");
        let all = claims(json!({
            "email": "a@x.example", "email_verified": false, "preferred_username": "a", "name": "A", "groups": []
        }));
        assert!(are_complete(&all, &config));
        for claim in all.keys() {
            let mut less = all.clone();
            less.remove(claim);
            assert!(!are_complete(&less, &config), "without {claim}");
        }
    }
}
