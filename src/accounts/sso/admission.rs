//! A provider's admission policy: who may come in at all. It holds at every sign-in, not only at the first.
use super::Refused;
use crate::{
    config::{GroupsAbsent, Provider},
    domain::identity::{EmailClaim, Profile},
};

/// When somebody is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Occasion {
    /// They sign in.
    SignIn,
    /// The provider was asked again about somebody who had come in.
    Refresh,
}

/// Why somebody is not admitted, if they are not.
pub(super) fn refusal(provider: &Provider, profile: &Profile, occasion: Occasion) -> Option<Refused> {
    let domain = (!provider.allowed_domains.is_empty()).then(|| domain(provider, profile)).flatten();
    let claim = || profile.lacks.clone().map(Refused::Claim);
    domain.or_else(claim).or_else(|| group(provider, profile, occasion))
}

fn domain(provider: &Provider, profile: &Profile) -> Option<Refused> {
    match &profile.email {
        EmailClaim::Missing => Some(Refused::EmailMissing),
        EmailClaim::Unverified => Some(Refused::EmailUnverified),
        EmailClaim::Counts(email) => {
            let domain = email.domain();
            let mut allowed = provider.allowed_domains.iter();
            (!allowed.any(|allowed| allowed.eq_ignore_ascii_case(&domain))).then_some(Refused::Domain)
        }
    }
}

fn group(provider: &Provider, profile: &Profile, occasion: Occasion) -> Option<Refused> {
    let allowed = &provider.allowed_groups;
    match &profile.groups {
        _ if allowed.is_empty() => None,
        Some(groups) => (!groups.iter().any(|group| allowed.contains(group))).then_some(Refused::Group),
        None if occasion == Occasion::Refresh && provider.mapping.absent == GroupsAbsent::Keep => None,
        None => Some(Refused::GroupsMissing),
    }
}
