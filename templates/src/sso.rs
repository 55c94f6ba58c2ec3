//! What a single sign-on ends on when it does not end in a session: `/oidc/{provider}/callback`.

use maud::{Markup, html};

use crate::components::{Tone, hero};
use crate::errors::reference;
use crate::icons::{Icon, mark};
use crate::layout::gate;
use crate::login::inactive;
use crate::{Frame, Href, When};

/// A single sign-on that was refused or went wrong.
pub struct Refused {
    /// What surrounds the page; its reference is shown.
    pub frame: Frame,
    /// The provider's name for people.
    pub provider: String,
    /// What happened.
    pub reason: Reason,
    /// Starts the same sign-in again; shown where trying again can help.
    pub again: Href,
    /// The sign-in page; `/login?local=1` where `/login` goes straight to a provider.
    pub login: Href,
    /// Whether an identity was to be linked to the viewer's account: the ways on lead there.
    pub linking: bool,
}

/// Why a provider's answer did not become a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The provider said no, or the person did there.
    Denied,
    /// The provider does not answer.
    ProviderUnavailable,
    /// The answer failed a security check.
    BadResponse,
    /// The flow's cookie is gone or its time is over.
    FlowExpired,
    /// The provider sent no email address.
    EmailMissing {
        /// The claim that was looked for.
        claim: String,
        /// The scope that usually brings it.
        scope: String,
    },
    /// The provider does not say that the address is verified.
    EmailUnverified,
    /// The address is not in an allowed domain.
    DomainNotAllowed {
        /// The domain of the address.
        domain: String,
    },
    /// The person is in none of the allowed groups.
    GroupNotAllowed,
    /// A group is asked for, and the provider said nothing of groups.
    GroupsMissing {
        /// The claim that was looked for.
        claim: String,
    },
    /// A claim is not what it has to be.
    ClaimNotMet {
        /// Its name.
        claim: String,
    },
    /// Only known people may use this provider.
    NotProvisioned,
    /// The account waits for approval.
    Pending {
        /// When it was made.
        applied_on: When,
    },
    /// The account is deactivated.
    Inactive,
    /// The address belongs to another account.
    Collision,
    /// The address belongs to a superuser, whose accounts are never linked by email.
    SuperuserCollision,
    /// The identity was barred when its account was deleted.
    Barred,
    /// It was to be linked, and is another account's.
    Taken,
    /// It was to be linked, and the account has one at this provider.
    SecondIdentity,
    /// It was to be linked, and this is not the session that began it.
    LinkElsewhere,
}

/// Draws the page.
pub fn page(view: &Refused) -> Markup {
    let words = view.frame.lang.words();
    let (title, text) = told(&view.frame, &view.provider, &view.reason);
    let (tone, picture) = look(&view.reason);
    let back = match view.reason {
        _ if view.linking => words.linking.back,
        Reason::Collision | Reason::SuperuserCollision => words.sso.sign_in_with_password,
        _ => words.common.back_to_sign_in,
    };
    let main = html! {
        div.gate-head { (mark()) }
        div.panel {
            (hero(tone, picture, None, &title, &html! {
                (text)
                @if view.linking { p { (words.linking.nothing_linked) } }
            }))
            div.stack {
                @if let Some(again) = again(&view.reason) {
                    a.btn.large.wide.primary href=(view.again) {
                        @match again { Again::Try => (words.common.try_again), Again::Start => (words.sso.start_again) }
                    }
                    a.btn.large.wide.ghost href=(view.login) { (back) }
                } @else {
                    a.btn.large.wide href=(view.login) { (back) }
                }
            }
            (reference(&view.frame))
        }
    };
    gate(&view.frame, &title, tone == Tone::Bad, &main)
}

enum Again {
    Try,
    Start,
}

/// Whether the same sign-in can end differently the next time.
const fn again(reason: &Reason) -> Option<Again> {
    match reason {
        Reason::FlowExpired => Some(Again::Start),
        Reason::Denied
        | Reason::ProviderUnavailable
        | Reason::BadResponse
        | Reason::EmailMissing { .. }
        | Reason::EmailUnverified
        | Reason::GroupsMissing { .. }
        | Reason::ClaimNotMet { .. }
        | Reason::Taken
        | Reason::DomainNotAllowed { .. } => Some(Again::Try),
        _ => None,
    }
}

const fn look(reason: &Reason) -> (Tone, Icon) {
    match reason {
        Reason::Pending { .. } => (Tone::Warn, Icon::Clock),
        Reason::ProviderUnavailable | Reason::FlowExpired => (Tone::Warn, Icon::Clock),
        Reason::Denied | Reason::BadResponse | Reason::Inactive | Reason::Barred => (Tone::Bad, Icon::Lock),
        Reason::EmailMissing { .. } | Reason::EmailUnverified | Reason::GroupsMissing { .. } => {
            (Tone::Warn, Icon::Alert)
        }
        Reason::DomainNotAllowed { .. }
        | Reason::GroupNotAllowed
        | Reason::ClaimNotMet { .. }
        | Reason::NotProvisioned
        | Reason::LinkElsewhere => (Tone::Warn, Icon::Lock),
        Reason::Collision | Reason::SuperuserCollision | Reason::Taken | Reason::SecondIdentity => {
            (Tone::Warn, Icon::People)
        }
    }
}

/// Title and text of a reason, for this page and for the sign-in page.
pub(crate) fn told(frame: &Frame, provider: &str, reason: &Reason) -> (String, Markup) {
    let all = frame.lang.words();
    let words = &all.sso;
    let said = |title: String, text: &str| (title, html! { p { (text) } });
    match reason {
        Reason::Denied => said((words.denied_title)(provider), &(words.denied)(provider)),
        Reason::ProviderUnavailable => said((words.unavailable_title)(provider), words.unavailable),
        Reason::BadResponse => said(words.bad_response_title.to_owned(), &(words.bad_response)(provider)),
        Reason::FlowExpired => said(words.expired_title.to_owned(), words.expired),
        Reason::EmailMissing { claim, scope } => {
            ((words.email_missing_title)(provider), html! { p { ((words.email_missing)(claim, scope)) } })
        }
        Reason::EmailUnverified => {
            said(words.email_unverified_title.to_owned(), &(words.email_unverified)(provider))
        }
        Reason::DomainNotAllowed { domain } => said((words.domain_title)(domain), &(words.domain)(provider)),
        Reason::GroupNotAllowed => said(words.group_title.to_owned(), &(words.group)(provider)),
        Reason::GroupsMissing { claim } => {
            ((words.groups_missing_title)(provider), html! { p { ((words.groups_missing)(claim)) } })
        }
        Reason::ClaimNotMet { claim } => {
            (words.claim_title.to_owned(), html! { p { ((words.claim)(provider, claim)) } })
        }
        Reason::NotProvisioned => {
            said(words.not_provisioned_title.to_owned(), &(words.not_provisioned)(provider))
        }
        Reason::Pending { applied_on } => {
            (all.login.pending_title.to_owned(), html! { p { ((all.login.pending)(applied_on)) } })
        }
        Reason::Inactive => (all.login.inactive_title.to_owned(), inactive(frame)),
        Reason::Collision => said(words.collision_title.to_owned(), &(words.collision)(provider)),
        Reason::SuperuserCollision => {
            said(words.collision_title.to_owned(), &(words.superuser_collision)(provider))
        }
        Reason::Taken => said(words.taken_title.to_owned(), &(words.taken)(provider)),
        Reason::SecondIdentity => said((words.second_title)(provider), &(words.second)(provider)),
        Reason::LinkElsewhere => said(words.elsewhere_title.to_owned(), words.elsewhere),
        Reason::Barred => said(words.barred_title.to_owned(), &(words.barred)(provider)),
    }
}
