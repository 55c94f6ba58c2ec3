//! Secrets: random tokens, sealing, keyed hashes, comparison. The only randomness in narthex.
use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    digest, hmac,
    rand::SystemRandom,
};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::time::Time;

/// `N` bytes from the operating system's generator.
#[expect(clippy::disallowed_methods, reason = "this is the one place that draws random bytes")]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system always has random bytes");
    bytes
}

/// The operating system's generator, for signatures that draw from it themselves.
#[expect(clippy::disallowed_methods, reason = "this is the one place that draws random bytes")]
pub fn system_random() -> SystemRandom {
    SystemRandom::new()
}

/// 256 random bits in 43 characters that stand in a cookie or a URL as they are.
pub fn random_token() -> String {
    BASE64.encode(random::<32>())
}

/// A version 7 UUID of `now`: sorts by time, and is no secret.
pub fn new_id(now: Time) -> Uuid {
    uuid::Builder::from_unix_timestamp_millis(now.millis(), &random::<10>()).into_uuid()
}

/// SHA-256 of `data`.
pub fn sha256(data: &[u8]) -> [u8; 32] {
    digest::digest(&digest::SHA256, data).as_ref().try_into().expect("SHA-256 has 32 bytes")
}

/// Unpadded base64url.
pub fn base64url(data: &[u8]) -> String {
    BASE64.encode(data)
}

/// The bytes that [`base64url`] wrote.
pub fn from_base64url(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text).ok()
}

/// Whether two byte strings are the same, in time that depends on their lengths only.
pub fn same(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

/// What everything sealed at rest or handed to browsers rests on: 32 bytes, the same on every instance.
pub struct MasterKey(Zeroizing<[u8; 32]>);

impl MasterKey {
    /// A new key.
    pub fn generate() -> Self {
        Self(Zeroizing::new(random()))
    }

    /// The key from its 32 bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Reads the 43 characters that [`MasterKey::to_text`] writes; surrounding white space does no harm.
    pub fn from_text(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(BASE64.decode(text.trim()).ok()?);
        Some(Self(Zeroizing::new(bytes.as_slice().try_into().ok()?)))
    }

    /// The key as it stands in its file.
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE64.encode(*self.0))
    }

    /// HMAC-SHA-256 of `message` under a key of its own for `purpose`.
    pub fn mac(&self, purpose: &str, message: &[u8]) -> [u8; 32] {
        hmac_sha256(self.derive(purpose).as_slice(), message)
    }

    /// Encrypts and authenticates `plain`; what was sealed for one purpose opens for no other.
    pub fn seal(&self, purpose: &str, plain: &[u8]) -> String {
        let salt = random::<SALT>();
        let mut sealed = plain.to_vec();
        self.cipher(purpose, &salt)
            .seal_in_place_append_tag(zero_nonce(), Aad::empty(), &mut sealed)
            .expect("what is sealed is far below the cipher's limit");
        BASE64.encode([salt.as_slice(), &sealed].concat())
    }

    /// Opens what [`MasterKey::seal`] made; `None` for everything else.
    pub fn open(&self, purpose: &str, sealed: &str) -> Option<Vec<u8>> {
        let bytes = BASE64.decode(sealed).ok()?;
        let (salt, body) = bytes.split_at_checked(SALT)?;
        let mut body = body.to_vec();
        let cipher = self.cipher(purpose, salt);
        let plain = cipher.open_in_place(zero_nonce(), Aad::empty(), &mut body).ok()?;
        Some(plain.to_vec())
    }

    fn derive(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(hmac_sha256(self.0.as_slice(), purpose.as_bytes()))
    }

    /// A cipher that is used for one message only: its key is drawn from 128 random bits of salt, so that
    /// the nonce may be constant.
    fn cipher(&self, purpose: &str, salt: &[u8]) -> LessSafeKey {
        let key = Zeroizing::new(hmac_sha256(self.derive(purpose).as_slice(), salt));
        LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.as_slice()).expect("AES-256 takes 32 bytes"))
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

/// A key for HMAC-SHA-256 that is used over and over.
pub struct MacKey(hmac::Key);

impl MacKey {
    /// The key from its 32 bytes.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// HMAC-SHA-256 of the parts, one after the other; that they cannot be cut elsewhere is up to the caller.
    pub fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        for part in parts {
            context.update(part);
        }
        context.sign().as_ref().try_into().expect("HMAC-SHA-256 has 32 bytes")
    }
}

impl fmt::Debug for MacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MacKey(…)")
    }
}

const SALT: usize = 16;

fn zero_nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    hmac::sign(&key, message).as_ref().try_into().expect("HMAC-SHA-256 has 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_only_with_the_same_key_and_purpose() {
        let key = MasterKey::generate();
        let sealed = key.seal("flow", b"hello");
        assert_eq!(key.open("flow", &sealed).as_deref(), Some(&b"hello"[..]));
        assert_eq!(key.open("other", &sealed), None);
        assert_eq!(MasterKey::generate().open("flow", &sealed), None);
        assert_ne!(key.seal("flow", b"hello"), sealed, "two seals of one text differ");
    }

    #[test]
    fn a_seal_with_any_bit_changed_does_not_open() {
        let key = MasterKey::generate();
        let bytes = BASE64.decode(key.seal("flow", b"hello")).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut forged = bytes.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(key.open("flow", &BASE64.encode(forged)), None, "bit {bit}");
        }
        assert_eq!(key.open("flow", ""), None);
        assert_eq!(key.open("flow", "not base64!"), None);
    }

    #[test]
    fn a_key_survives_its_file() {
        let key = MasterKey::generate();
        let again = MasterKey::from_text(&format!(" {}\n", *key.to_text())).unwrap();
        assert_eq!(key.mac("x", b"y"), again.mac("x", b"y"));
        assert!(MasterKey::from_text("short").is_none());
    }
}
