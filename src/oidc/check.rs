//! What must hold of a provider's answer, each by its name. A test switches them off one at a time and sees the
//! trick that each is there for succeed; in the program there is no such switch.
use std::fmt;

macro_rules! checks {
    ($($(#[doc = $doc:literal])+ $check:ident => $broken:literal,)+) => {
        /// One thing that must hold.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Check {
            $($(#[doc = $doc])+ $check,)+
        }

        impl Check {
            /// All of them.
            #[cfg(test)]
            pub(super) const ALL: &[Self] = &[$(Self::$check,)+];

            const fn broken(self) -> &'static str {
                match self {
                    $(Self::$check => $broken,)+
                }
            }
        }
    };
}

checks! {
    /// RFC 6749 §4.1.2.1: whoever sends an error sends no code.
    ResponseError => "the provider sent an error",
    /// RFC 9207 §2.4
    ResponseIssuer => "the answer's iss names another provider (RFC 9207): somebody may be mixing up providers",
    /// RFC 9207 §2.4
    AnnouncedIssuer => "the answer has no iss, which this provider announces (RFC 9207)",
    /// RFC 6749 §7.1
    TokenType => "the token endpoint's token_type is not Bearer",
    /// RFC 6750 §2.1: anything else could end the header that it is to stand in.
    AccessToken => "the access token is empty, or holds characters that no token may hold",
    /// RFC 8725 §3.11
    Typ => "its typ says that it is another kind of token",
    /// RFC 7515 §4.1.11
    Critical => "it has a header parameter that is critical, and none such is known here",
    /// Core §3.1.3.7 number 7; pinned by the configuration.
    Algorithm => "it is signed by an algorithm that `algorithms` does not allow, or that the provider does not announce",
    /// RFC 7517 §4.2, §4.3
    KeyUse => "the key is not for signatures",
    /// RFC 7518 §3.3
    KeyStrength => "the key is shorter or longer than those that are of use",
    /// Core §3.1.3.7 number 6
    Signature => "no key of the provider verifies its signature",
    /// Core §3.1.3.7 number 2
    Issuer => "iss is not the provider",
    /// Core §3.1.3.7 number 3
    Audience => "aud does not name us",
    /// Core §3.1.3.7 number 3
    OtherAudience => "aud names others beside us",
    /// Core §3.1.3.7 number 5
    AuthorizedParty => "azp names another client",
    /// Core §3.1.3.7 number 9
    Expiry => "exp is missing or over",
    /// Core §2, §3.1.3.7 number 10
    IssuedAt => "iat is missing or in the future",
    /// RFC 7519 §4.1.5
    NotBefore => "nbf is in the future",
    /// Core §3.1.3.7 number 11
    Nonce => "nonce is not the one of this sign-in",
    /// Core §3.1.3.8
    AccessTokenHash => "at_hash does not fit the access token",
    /// Core §2: 255 bytes at most.
    Subject => "sub is missing, empty, longer than 255 bytes, or holds control characters",
    /// As `sub`: it is kept and compared.
    SessionId => "sid is empty, longer than 255 bytes, or holds control characters",
    /// Back-Channel Logout §2.4, §2.6: `iat` and `exp` are there, and it is acted upon within minutes.
    LogoutTime => "iat or exp is missing, or it is too old or from the future",
    /// Back-Channel Logout §2.6 number 6
    LogoutEvent => "its events hold no back-channel logout",
    /// Back-Channel Logout §2.6 number 7: no ID token is one.
    LogoutNonce => "it has a nonce",
    /// Back-Channel Logout §2.6 number 5
    LogoutSubject => "it has neither sid nor sub",
    /// They are kept and compared.
    LogoutNames => "sid or sub is empty, longer than 255 bytes, or no text",
    /// Back-Channel Logout §2.4, §2.6 number 8
    LogoutId => "jti is missing, empty, longer than 255 bytes, or no text",
    /// Core §12.2
    RefreshedPerson => "the refreshed ID token is about somebody else",
    /// Core §5.3.2
    UserinfoSubject => "the userinfo endpoint tells of another person than the ID token",
    /// Discovery §4.3
    MetadataIssuer => "the provider calls itself by another name",
    /// RFC 9700 §2.6, Core §16.17
    Endpoint => "an endpoint is not an https address",
    /// RFC 9700 §4.12: a redirect would carry code and secret along.
    Redirect => "it redirects, which is not followed",
    /// No more is read.
    Size => "the answer is larger than 1 MiB",
    /// Nobody waits longer.
    Time => "it did not answer in time",
}

/// A check that does not hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Broken(Check);

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.broken())
    }
}

impl Check {
    /// Fails with this check's sentence unless it `holds`.
    pub(super) fn demand(self, holds: bool) -> Result<(), Broken> {
        if self.is_broken(holds) { Err(Broken(self)) } else { Ok(()) }
    }

    /// The same where the sentence needs more words.
    pub(super) fn is_broken(self, holds: bool) -> bool {
        !holds && !self.is_off()
    }

    /// Whether nobody looks. Never, in a program.
    #[cfg(not(test))]
    pub(super) const fn is_off(self) -> bool {
        false
    }

    /// Whether the test at work looks away.
    #[cfg(test)]
    pub(super) fn is_off(self) -> bool {
        super::tests::is_off(self)
    }
}
