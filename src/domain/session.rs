//! Sessions: who signed in, when and how. Whether they still may is for the account to say.
use std::{fmt, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    audit::Origin,
    secret,
    time::Time,
    user::{Tier, User, UserId},
};

/// Both parts of a session's secret as the browser holds them: `id` opens the gate, `id` and `key`
/// together open our own pages.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken {
    /// The part that the wide cookie carries too.
    pub id: SessionId,
    /// The part that only our own host's cookie carries.
    pub key: String,
}

impl SessionToken {
    /// A new one: twice 256 random bits.
    pub fn generate() -> Self {
        let id = SessionId::parse(&secret::random_token()).expect("a token is one");
        Self { id, key: secret::random_token() }
    }

    /// Reads the value of our own host's cookie, `<id>.<key>`.
    pub fn parse(cookie: &str) -> Option<Self> {
        let (id, key) = cookie.split_once('.')?;
        is_token(key).then_some(())?;
        Some(Self { id: SessionId::parse(id)?, key: key.to_owned() })
    }

    /// The value of our own host's cookie.
    pub fn cookie(&self) -> String {
        format!("{}.{}", self.id.expose(), self.key)
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(…)")
    }
}

/// The part of a session's secret that opens the gate.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SessionId([u8; TOKEN]);

impl SessionId {
    /// Reads the value of the wide cookie.
    pub fn parse(cookie: &str) -> Option<Self> {
        is_token(cookie).then_some(())?;
        Some(Self(cookie.as_bytes().try_into().ok()?))
    }

    /// Reads the first part of our own host's cookie, `<id>.<key>`; the second has to be well-formed.
    pub fn parse_own(cookie: &str) -> Option<Self> {
        let (id, key) = cookie.split_once('.')?;
        is_token(key).then_some(())?;
        Self::parse(id)
    }

    /// The value of the wide cookie.
    pub fn expose(&self) -> &str {
        std::str::from_utf8(&self.0).expect("letters, digits, - and _")
    }

    /// Under what the session is kept: a store that is read gives nobody a session.
    pub fn digest(&self) -> SessionDigest {
        SessionDigest(secret::sha256(&self.0))
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionId(…)")
    }
}

/// The characters of a token: 256 bits in base64url.
const TOKEN: usize = 43;

fn is_token(text: &str) -> bool {
    text.len() == TOKEN && text.bytes().all(|b| IN_TOKENS[usize::from(b)])
}

/// Which bytes tokens are made of: each request of the gate asks about 86.
const IN_TOKENS: [bool; 256] = {
    let mut among = [false; 256];
    let mut b = 0_u8;
    while b < 128 {
        among[b as usize] = b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        b += 1;
    }
    among
};

/// SHA-256 of a session's id: its key in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionDigest(pub [u8; 32]);

impl SessionDigest {
    /// As text, for keys in Redis.
    pub fn text(&self) -> String {
        secret::base64url(&self.0)
    }

    /// Reads [`SessionDigest::text`].
    pub fn parse(text: &str) -> Option<Self> {
        use base64::Engine as _;
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }
}

/// Who signed in, under which epoch of their account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Names this session in pages and the audit log; opens nothing.
    pub handle: Box<str>,
    /// Whose it is.
    pub user_id: UserId,
    /// The account's epoch at sign-in.
    pub epoch: i64,
    /// SHA-256 of the token's second part.
    #[serde(with = "hash_text")]
    pub key_hash: [u8; 32],
    /// When it began.
    pub created_at: Time,
    /// When it was last used, within a minute.
    pub seen_at: Time,
    /// The provider that vouched for the person; `None` after a password.
    pub provider: Option<Box<str>>,
    /// The provider's own session, for back-channel logout.
    pub provider_session: Option<Box<str>>,
    /// Set where the person must choose a new password before they go anywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restricted: Option<Restriction>,
    /// From where the person signed in.
    pub address: Box<str>,
    /// With what browser, cut to 256 bytes. Many sessions have the same few, so that a store may keep each once.
    #[serde(with = "shared_text")]
    pub user_agent: Arc<str>,
}

/// Hashes as text, which is read in a fraction of the time that a list of numbers takes.
mod hash_text {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    use super::SessionDigest;

    pub(super) fn serialize<S: Serializer>(hash: &[u8; 32], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&SessionDigest(*hash).text())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<[u8; 32], D::Error> {
        let text = String::deserialize(from)?;
        SessionDigest::parse(&text).map(|digest| digest.0).ok_or_else(|| D::Error::custom("no hash"))
    }
}

/// Text of which a clone is the same.
mod shared_text {
    use std::sync::Arc;

    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(text: &Arc<str>, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Arc<str>, D::Error> {
        String::deserialize(from).map(Into::into)
    }
}

/// Why a new password must be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Restriction {
    /// An administrator set the one there is.
    MustChange,
    /// It is older than the policy lets passwords be.
    TooOld,
}

impl Session {
    /// A session that begins now, for the holder of `token`. `provider` is the provider's name and its own
    /// session, when one vouched for the person.
    pub fn begin(
        token: &SessionToken,
        user: &User,
        provider: Option<(&str, Option<&str>)>,
        origin: &Origin,
        now: Time,
    ) -> Self {
        Self {
            handle: secret::base64url(&secret::random::<16>()).into(),
            user_id: user.id,
            epoch: user.session_epoch,
            key_hash: secret::sha256(token.key.as_bytes()),
            created_at: now,
            seen_at: now,
            provider: provider.map(|(name, _)| name.into()),
            provider_session: provider.and_then(|(_, session)| session).map(Into::into),
            restricted: None,
            address: origin.address.as_str().into(),
            user_agent: origin.user_agent.as_str().into(),
        }
    }

    /// The same session under a new secret and in a new epoch: it ends when it would have ended, and what
    /// revokes it by its handle still does.
    pub fn renewed(&self, token: &SessionToken, epoch: i64, now: Time) -> Self {
        let key_hash = secret::sha256(token.key.as_bytes());
        Self { epoch, key_hash, seen_at: now, ..self.clone() }
    }

    /// The beginning of the handle: enough for people to tell one session from another.
    pub fn short(&self) -> &str {
        self.handle.get(..8).unwrap_or(&self.handle)
    }

    /// Whether `key` is the second part of this session's secret.
    pub fn has_key(&self, key: &str) -> bool {
        secret::same(&secret::sha256(key.as_bytes()), &self.key_hash)
    }

    /// Whether the session stands: within its lifetimes, and honoured by its account.
    pub fn stands(&self, user: &User, lifetimes: &Lifetimes, now: Time) -> bool {
        user.honours(self, now)
            && now.since(self.seen_at) < lifetimes.idle
            && now.since(self.created_at) < lifetimes.absolute(user.tier)
    }

    /// Whether nothing can make the session stand again, so that it may be forgotten. An epoch that the
    /// account as it was read does not know yet is no reason: the person may have just signed in.
    pub fn is_over(&self, user: &User, lifetimes: &Lifetimes, now: Time) -> bool {
        self.epoch < user.session_epoch
            || now.since(self.seen_at) >= lifetimes.idle
            || now.since(self.created_at) >= lifetimes.absolute(user.tier)
    }

    /// When it ends by itself if it is not used any more, whoever it belongs to.
    pub fn ends_at(&self, lifetimes: &Lifetimes) -> Time {
        (self.seen_at + lifetimes.idle).min(self.created_at + lifetimes.longest())
    }

    /// When the store may forget it: last seen may be a minute behind.
    pub fn expires_at(&self, lifetimes: &Lifetimes) -> Time {
        (self.seen_at + lifetimes.idle + TOUCH_EVERY).min(self.created_at + lifetimes.longest())
    }

    /// Whether last seen is worth writing again.
    pub fn wants_touch(&self, lifetimes: &Lifetimes, now: Time) -> bool {
        now.since(self.seen_at) >= TOUCH_EVERY.min(lifetimes.idle / 4)
    }

    /// The keys of every revocation that ends it.
    pub fn revocations(&self) -> impl Iterator<Item = String> {
        std::iter::once(self.revocation()).chain(self.provider_revocation())
    }

    /// Until when a revocation has to be kept: as long as the session could stand under any lifetimes that
    /// administrators may yet set, whatever they are now.
    pub fn revoked_until(&self, lifetimes: &Lifetimes) -> Time {
        self.created_at + lifetimes.longest().max(LONGEST)
    }

    /// The key of the revocation that ends this session alone.
    pub fn revocation(&self) -> String {
        format!("s:{}", self.handle)
    }

    /// The key of the revocation that ends every session that came of one session at a provider.
    pub fn provider_revocation(&self) -> Option<String> {
        Some(Self::revocation_of_provider(self.provider.as_ref()?, self.provider_session.as_ref()?))
    }

    /// The same for the session `sid` at `provider`.
    pub fn revocation_of_provider(provider: &str, sid: &str) -> String {
        format!("oidc:{provider}:{sid}")
    }
}

/// Last seen is written at most this often.
pub const TOUCH_EVERY: Duration = Duration::from_secs(60);

/// No lifetime that administrators may set is longer.
pub const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);

/// How long sessions last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// Without a request.
    pub idle: Duration,
    /// In all.
    pub standard: Duration,
    /// In all, for superusers.
    pub superuser: Duration,
}

impl Lifetimes {
    /// The lifetime in all of a session of somebody of `tier`.
    pub fn absolute(&self, tier: Tier) -> Duration {
        match tier {
            Tier::Standard => self.standard,
            Tier::Superuser => self.superuser,
        }
    }

    /// Whoever was last seen then, or before, has no session any more.
    pub fn idle_since(&self, now: Time) -> Time {
        now - self.idle
    }

    /// Longer than this no session lasts.
    pub fn longest(&self) -> Duration {
        self.standard.max(self.superuser)
    }
}

impl Default for Lifetimes {
    fn default() -> Self {
        let hours = |n: u64| Duration::from_secs(n * 3600);
        Self { idle: hours(1), standard: hours(24), superuser: hours(12) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_survives_its_cookie_and_nothing_else_reads_as_one() {
        let token = SessionToken::generate();
        assert_eq!(SessionToken::parse(&token.cookie()), Some(token.clone()));
        assert_eq!(SessionDigest::parse(&token.id.digest().text()), Some(token.id.digest()));
        let id = token.id.expose();
        for bad in [
            "",
            ".",
            id,
            &format!("{id}."),
            &format!("{id}.x"),
            &format!("{id}.{id}.{id}"),
            &"x".repeat(5000),
        ] {
            assert_eq!(SessionToken::parse(bad), None, "{bad}");
        }
        assert!(SessionId::parse(&token.cookie()).is_none());
        assert!(!format!("{token:?}").contains(id));
    }
}
