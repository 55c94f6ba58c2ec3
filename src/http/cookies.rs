//! Our cookies: the only place that reads or writes them.
//!
//! | cookie | on https | on http (loopback) | holds |
//! |---|---|---|---|
//! | own | `__Host-narthex` | `narthex` | `<id>.<key>`: opens our pages and the gate |
//! | wide, with `cookie_domain` | `__Secure-narthex` | `narthex-gate` | `<id>`: opens the gate only |
//! | flow | `__Host-narthex-flow-<id>` | `narthex-flow-<id>` | one sign-in under way at a provider |
//! | language | `__Host-narthex-lang` | `narthex-lang` | the language chosen on a page |
//! | device | `__Host-narthex-device` | `narthex-device` | the browser's own name, sealed; survives sign-out |
//! | farewell | `__Host-narthex-farewell` | `narthex-farewell` | which session has just ended, sealed |
//! | rounds | `__Host-narthex-rounds` | `narthex-rounds` | how often one signed in at a provider within seconds |
//! | flash | `__Host-narthex-flash` | `narthex-flash` | one sealed sentence for the next page |
//!
//! All names that are `narthex`, or begin with `narthex-`, behind either prefix or none and in any case of
//! letters, belong to us: upstreams neither see nor set them.
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::http::{HeaderMap, HeaderValue, header::COOKIE};

use crate::{
    config::Config,
    domain::{
        host::Scheme,
        session::{SessionId, SessionToken},
    },
};

/// Wide cookies that are looked up: a sibling domain can plant any number of them.
const WIDE_MAX: usize = 4;
/// Sign-ins under way that one browser may have.
const FLOWS_MAX: usize = 5;
/// Flow cookies that one answer clears; hostile requests may carry more than we ever set.
const CLEARED_MAX: usize = 20;
/// How long a sign-in at a provider may take, in seconds.
const FLOW_SECONDS: u32 = 600;
/// How long a chosen language is kept, in seconds.
const LANG_SECONDS: u32 = 365 * 24 * 3600;
/// How long a browser keeps its name, in seconds.
const DEVICE_SECONDS: u32 = 365 * 24 * 3600;
/// How long a sentence for the next page is kept, in seconds.
const FLASH_SECONDS: u32 = 60;
/// How long the page after signing out knows which session that was.
pub(super) const FAREWELL: Duration = Duration::from_secs(300);
/// A browser that comes back sooner goes round in circles.
const LAP_SECONDS: u32 = 10;
/// Longer Cookie headers (all lines together) hold nothing of ours that counts.
const HEADER_MAX: usize = 16 * 1024;
/// Whoever is signed out by their own cookies is spoken of in the log so often at most.
const SAID_EVERY: Duration = Duration::from_secs(60);

/// Reads and writes our cookies.
#[derive(Clone, Debug)]
pub struct Cookies {
    secure: bool,
    domain: Option<String>,
    said: Arc<Mutex<Option<Instant>>>,
}

impl Cookies {
    /// Names follow the scheme of `public_url`; the wide cookie is there when `sessions.cookie_domain` is set.
    pub fn new(config: &Config) -> Self {
        let secure = Scheme::parse(config.public_url.scheme()) != Some(Scheme::Http);
        Self { secure, domain: config.sessions.cookie_domain.clone(), said: Arc::default() }
    }

    /// The session of our own host's cookie. None when there are several, or when it is malformed.
    pub fn own(&self, headers: &HeaderMap) -> Option<SessionToken> {
        self.speak_of_length(headers);
        let mut found = values(headers, self.own_name());
        let token = SessionToken::parse(found.next()?);
        if found.next().is_some() { None } else { token }
    }

    /// The sessions that may open the gate: the own cookie's, then those of at most four wide cookies. Never
    /// more than five, whatever was sent; what is malformed or there twice costs no look-up and does not count.
    pub fn gate(&self, headers: &HeaderMap) -> Vec<SessionId> {
        self.speak_of_length(headers);
        let mut own = values(headers, self.own_name());
        let first = own.next().and_then(SessionId::parse_own);
        let mut ids: Vec<SessionId> = first.filter(|_| own.next().is_none()).into_iter().collect();
        if self.domain.is_some() {
            let most = ids.len() + WIDE_MAX;
            for id in values(headers, self.wide_name()).filter_map(SessionId::parse) {
                if ids.len() < most && !ids.contains(&id) {
                    ids.push(id);
                }
            }
        }
        ids
    }

    /// Whether the request carries any cookie of ours, valid or not.
    pub fn has_any(&self, headers: &HeaderMap) -> bool {
        pairs(headers).any(|pair| is_ours(name_of(pair).as_bytes()))
    }

    /// The `Set-Cookie` lines that begin a session in the browser, in place of any earlier one.
    pub fn set(&self, token: &SessionToken) -> Vec<HeaderValue> {
        let own = self.line(self.own_name(), &token.cookie(), None, None);
        let wide = self.domain.as_deref();
        let wide = wide.map(|domain| self.line(self.wide_name(), token.id.expose(), None, Some(domain)));
        std::iter::once(own).chain(wide).collect()
    }

    /// The `Set-Cookie` lines that end the session in the browser.
    pub fn clear(&self) -> Vec<HeaderValue> {
        let own = self.line(self.own_name(), "", Some(0), None);
        let wide = self.domain.as_deref();
        let wide = wide.map(|domain| self.line(self.wide_name(), "", Some(0), Some(domain)));
        std::iter::once(own).chain(wide).collect()
    }

    /// What [`Cookies::set_flow`] kept under `flow_id`; none when it is there twice.
    pub fn flow(&self, headers: &HeaderMap, flow_id: &str) -> Option<String> {
        is_flow_id(flow_id).then_some(())?;
        let name = format!("{}{flow_id}", self.flow_prefix());
        let mut found = values(headers, &name);
        let value = found.next()?;
        found.next().is_none().then(|| value.to_owned())
    }

    /// Keeps `value` (base64url and dots) for ten minutes under `flow_id`, and clears all but the
    /// four newest that the browser has beside it: flow ids are version 7 UUIDs in 32 hexadecimal digits, so
    /// that they sort by the time they were made.
    pub fn set_flow(&self, headers: &HeaderMap, flow_id: &str, value: &str) -> Vec<HeaderValue> {
        let name = format!("{}{flow_id}", self.flow_prefix());
        let mut lines = vec![self.line(&name, value, Some(FLOW_SECONDS), None)];
        let prefix = self.flow_prefix();
        let mut old: Vec<&str> = pairs(headers)
            .filter_map(|pair| name_of(pair).strip_prefix(prefix))
            .filter(|id| is_flow_id(id))
            .collect();
        old.retain(|id| *id != flow_id);
        old.sort_unstable_by(|a, b| b.cmp(a));
        old.dedup();
        lines.extend(old.into_iter().skip(FLOWS_MAX - 1).take(CLEARED_MAX).map(|id| self.clear_flow(id)));
        lines
    }

    /// The `Set-Cookie` line that forgets a sign-in.
    pub fn clear_flow(&self, flow_id: &str) -> HeaderValue {
        self.line(&format!("{}{flow_id}", self.flow_prefix()), "", Some(0), None)
    }

    /// The language chosen on a page: a tag such as `ko`, as the browser sent it.
    pub fn lang<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        values(headers, self.lang_name()).next().filter(|tag| is_tag(tag))
    }

    /// Keeps a chosen language for a year.
    pub fn set_lang(&self, tag: &str) -> HeaderValue {
        self.line(self.lang_name(), tag, Some(LANG_SECONDS), None)
    }

    /// What [`Cookies::set_device`] kept; none when it is there twice.
    pub fn device<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        let mut found = values(headers, self.device_name());
        let value = found.next()?;
        found.next().is_none().then_some(value)
    }

    /// Keeps the browser's name, `value` (base64url), for a year.
    pub fn set_device(&self, value: &str) -> HeaderValue {
        self.line(self.device_name(), value, Some(DEVICE_SECONDS), None)
    }

    /// What [`Cookies::set_flash`] kept for the next page.
    pub fn flash(&self, headers: &HeaderMap) -> Option<String> {
        values(headers, self.flash_name()).next().map(str::to_owned)
    }

    /// Keeps `value` (base64url) for the next page, a minute at most.
    pub fn set_flash(&self, value: &str) -> HeaderValue {
        self.line(self.flash_name(), value, Some(FLASH_SECONDS), None)
    }

    /// The `Set-Cookie` line that forgets what was kept for the next page.
    pub fn clear_flash(&self) -> HeaderValue {
        self.line(self.flash_name(), "", Some(0), None)
    }

    /// What [`Cookies::set_farewell`] kept; none when it is there twice.
    pub fn farewell<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        let mut found = values(headers, self.farewell_name());
        let value = found.next()?;
        found.next().is_none().then_some(value)
    }

    /// Keeps `value` (base64url) for the page after signing out, five minutes at most.
    pub fn set_farewell(&self, value: &str) -> HeaderValue {
        let seconds = u32::try_from(FAREWELL.as_secs()).ok();
        self.line(self.farewell_name(), value, seconds, None)
    }

    /// The `Set-Cookie` line that forgets it.
    pub fn clear_farewell(&self) -> HeaderValue {
        self.line(self.farewell_name(), "", Some(0), None)
    }

    /// How often this browser was signed in at a provider within the last seconds.
    pub fn rounds(&self, headers: &HeaderMap) -> u32 {
        values(headers, self.rounds_name()).next().and_then(|rounds| rounds.parse().ok()).unwrap_or(0)
    }

    /// Keeps the count of [`Cookies::rounds`] for a few seconds.
    pub fn set_rounds(&self, rounds: u32) -> HeaderValue {
        self.line(self.rounds_name(), &rounds.to_string(), Some(LAP_SECONDS), None)
    }

    /// How often this browser was sent on to another host within the last seconds.
    pub fn laps(&self, headers: &HeaderMap) -> u32 {
        values(headers, self.laps_name()).next().and_then(|laps| laps.parse().ok()).unwrap_or(0)
    }

    /// Keeps that number for ten seconds.
    pub fn set_laps(&self, laps: u32) -> HeaderValue {
        self.line(self.laps_name(), &laps.to_string(), Some(LAP_SECONDS), None)
    }

    /// The client's cookies without any of ours, all Cookie lines in one; none when nothing is left.
    pub fn without_ours(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let mut kept: Vec<u8> = vec![];
        for line in headers.get_all(COOKIE) {
            for pair in line.as_bytes().split(|b| *b == b';').map(<[u8]>::trim_ascii) {
                if pair.is_empty() || is_ours(name_bytes(pair)) {
                    continue;
                }
                if !kept.is_empty() {
                    kept.extend_from_slice(b"; ");
                }
                kept.extend_from_slice(pair);
            }
        }
        if kept.is_empty() { None } else { HeaderValue::from_bytes(&kept).ok() }
    }

    /// Whether a `Set-Cookie` line of an upstream would write a cookie of ours.
    pub fn writes_ours(&self, set_cookie: &HeaderValue) -> bool {
        let pair = set_cookie.as_bytes().split(|b| *b == b';').next().unwrap_or_default();
        is_ours(name_bytes(pair))
    }

    fn speak_of_length(&self, headers: &HeaderMap) {
        if is_too_long(headers) && self.may_speak(Instant::now()) {
            tracing::warn!(
                "somebody's cookies are longer than 16 KiB and were not looked at, so they are signed out; an application \
                 sets too many for the whole domain: they have to be deleted in the browser"
            );
        }
    }

    fn may_speak(&self, now: Instant) -> bool {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let may = said.is_none_or(|said| now.saturating_duration_since(said) >= SAID_EVERY);
        if may {
            *said = Some(now);
        }
        may
    }

    const fn own_name(&self) -> &'static str {
        if self.secure { "__Host-narthex" } else { "narthex" }
    }

    const fn wide_name(&self) -> &'static str {
        if self.secure { "__Secure-narthex" } else { "narthex-gate" }
    }

    const fn flow_prefix(&self) -> &'static str {
        if self.secure { "__Host-narthex-flow-" } else { "narthex-flow-" }
    }

    const fn lang_name(&self) -> &'static str {
        if self.secure { "__Host-narthex-lang" } else { "narthex-lang" }
    }

    const fn device_name(&self) -> &'static str {
        if self.secure { "__Host-narthex-device" } else { "narthex-device" }
    }

    const fn flash_name(&self) -> &'static str {
        if self.secure { "__Host-narthex-flash" } else { "narthex-flash" }
    }

    const fn farewell_name(&self) -> &'static str {
        if self.secure { "__Host-narthex-farewell" } else { "narthex-farewell" }
    }

    const fn rounds_name(&self) -> &'static str {
        if self.secure { "__Host-narthex-rounds" } else { "narthex-rounds" }
    }

    const fn laps_name(&self) -> &'static str {
        if self.secure { "__Host-narthex-laps" } else { "narthex-laps" }
    }

    fn line(&self, name: &str, value: &str, max_age: Option<u32>, domain: Option<&str>) -> HeaderValue {
        let domain = domain.map(|domain| format!("; Domain={domain}")).unwrap_or_default();
        let max_age = max_age.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
        let secure = if self.secure { "; Secure" } else { "" };
        let line = format!("{name}={value}; Path=/{domain}{max_age}{secure}; HttpOnly; SameSite=Lax");
        HeaderValue::try_from(line)
            .expect("our cookies hold plain ASCII, and the domain was checked with the config")
    }
}

fn is_too_long(headers: &HeaderMap) -> bool {
    headers.get_all(COOKIE).iter().map(HeaderValue::len).sum::<usize>() > HEADER_MAX
}

/// The parts between semicolons of all Cookie lines, in whatever encoding an application wrote its own; nothing
/// when they are too long to be looked at.
fn pairs(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    let lines = (!is_too_long(headers)).then(|| headers.get_all(COOKIE).iter());
    let lines = lines.into_iter().flatten().map(HeaderValue::as_bytes);
    lines.flat_map(|line| line.split(|b| *b == b';')).map(<[u8]>::trim_ascii)
}

/// What cookies of this name hold; one that is no text counts as empty.
fn values<'h>(headers: &'h HeaderMap, name: &str) -> impl Iterator<Item = &'h str> {
    pairs(headers).filter_map(move |pair| {
        let (found, value) = pair.split_at(pair.iter().position(|b| *b == b'=')?);
        let value = std::str::from_utf8(&value[1..]).unwrap_or_default();
        (found.trim_ascii_end() == name.as_bytes()).then(|| value.trim_ascii_start())
    })
}

fn name_of(pair: &[u8]) -> &str {
    let name = pair.split(|b| *b == b'=').next().unwrap_or_default();
    std::str::from_utf8(name).unwrap_or_default().trim_ascii_end()
}

/// The name in `name=value`. Browsers send a cookie without a name as its bare value, so that of
/// `=name=value` counts as well.
fn name_bytes(pair: &[u8]) -> &[u8] {
    let pair = pair.trim_ascii();
    let pair = pair.strip_prefix(b"=").unwrap_or(pair);
    pair.split(|b| *b == b'=').next().unwrap_or_default().trim_ascii()
}

fn is_ours(name: &[u8]) -> bool {
    let bare = after(name, b"__host-").or_else(|| after(name, b"__secure-")).unwrap_or(name);
    after(bare, b"narthex").is_some_and(|rest| rest.is_empty() || rest.starts_with(b"-"))
}

/// What follows `begin`, in any case of letters.
fn after<'n>(name: &'n [u8], begin: &[u8]) -> Option<&'n [u8]> {
    let (first, rest) = name.split_at_checked(begin.len())?;
    first.eq_ignore_ascii_case(begin).then_some(rest)
}

fn is_flow_id(id: &str) -> bool {
    id.len() == 32 && id.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

fn is_tag(tag: &str) -> bool {
    (2..=8).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-')
}

#[cfg(test)]
mod tests;
