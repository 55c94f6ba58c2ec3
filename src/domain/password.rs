//! Passwords: what a new one must be like. Hashing is in `accounts::hashing`.
use super::secret;
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;
use zxcvbn::matching::patterns::MatchPattern;

/// The most code points that a password has, after normalisation.
pub const PASSWORD_MAX: usize = 128;

/// A password as it is hashed: NFC, whole, never shown.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

/// Why a password may not be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordError {
    /// Fewer code points than this.
    TooShort(usize),
    /// More than [`PASSWORD_MAX`] code points.
    TooLong,
    /// Contains the person's own name, username or address.
    Personal,
    /// On the list of common passwords, or one simple pattern.
    Common,
}

impl std::fmt::Display for PasswordError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooShort(min) => write!(f, "the password has fewer than {min} characters"),
            Self::TooLong => write!(f, "the password has more than {PASSWORD_MAX} characters"),
            Self::Personal => {
                f.write_str("the password contains the person's name, username or email address")
            }
            Self::Common => f.write_str("the password is one of those that are guessed first"),
        }
    }
}

impl Password {
    /// A password as it was typed at sign-in; `None` when no account can have it.
    pub fn typed(text: &str) -> Option<Self> {
        // Composition at most halves the number of code points that one character takes four bytes for.
        if text.len() > PASSWORD_MAX * 16 {
            return None;
        }
        let password = Zeroizing::new(text.nfc().collect::<String>());
        (!password.is_empty() && password.chars().count() <= PASSWORD_MAX).then_some(Self(password))
    }

    /// A password that nobody could guess, in groups that can be read out: 100 random bits or more, and
    /// `min_length` characters or more.
    pub fn generate(min_length: usize) -> Zeroizing<String> {
        // 32 characters that are not mistaken for each other.
        const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let letters = min_length.clamp(20, PASSWORD_MAX - 24).next_multiple_of(5);
        let bytes = Zeroizing::new(secret::random::<PASSWORD_MAX>());
        let mut text = Zeroizing::new(String::with_capacity(PASSWORD_MAX));
        for (index, byte) in bytes.iter().take(letters).enumerate() {
            if index > 0 && index % 5 == 0 {
                text.push('-');
            }
            text.push(char::from(LETTERS[usize::from(byte % 32)]));
        }
        text
    }

    /// A password that somebody chooses, measured against the policy. `personal` are words that belong to
    /// the person or the place.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn choose(text: &str, min_length: usize, personal: &[&str]) -> Result<Self, PasswordError> {
        let short = PasswordError::TooShort(min_length);
        let too_long = if text.is_empty() { short } else { PasswordError::TooLong };
        let password = Self::typed(text).ok_or(too_long)?;
        if password.0.chars().count() < min_length {
            return Err(short);
        }
        if password.is_personal(personal) {
            return Err(PasswordError::Personal);
        }
        if password.is_common() {
            return Err(PasswordError::Common);
        }
        Ok(password)
    }

    /// The bytes to hash.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    fn is_personal(&self, personal: &[&str]) -> bool {
        let password = self.0.to_lowercase();
        let contains = |word: &str| word.chars().count() >= 4 && password.contains(word);
        personal.iter().any(|word| {
            let word = word.to_lowercase();
            let local_part = word.split('@').next().unwrap_or_default();
            contains(&word) || contains(local_part) || contains(&word.replace([' ', '.'], ""))
        })
    }

    /// Whether the password, or what it repeats, is one entry of the list that ships with zxcvbn (also
    /// reversed, in other case, or with the usual digits for letters), one row of keys, or one sequence. The
    /// library's time grows steeply with the length, so it is shown short texts only.
    fn is_common(&self) -> bool {
        let chars: Vec<char> = self.0.chars().collect();
        let base = repeated(&chars);
        if (base.len() < chars.len() && base.len() <= 3) || is_sequence(base) {
            return true;
        }
        if base.len() > LOOKED_UP_MAX {
            return false;
        }
        let base = Zeroizing::new(base.iter().collect::<String>());
        let estimate = zxcvbn::zxcvbn(&base, &[]);
        matches!(estimate.sequence(), [one] if one.pattern != MatchPattern::BruteForce)
    }
}

/// The longest text that is compared with the list.
const LOOKED_UP_MAX: usize = 24;

/// The shortest text that the whole is a repetition of; the whole itself, mostly.
fn repeated(chars: &[char]) -> &[char] {
    let whole = chars.len();
    let period = (1..=whole / 2)
        .find(|period| whole.is_multiple_of(*period) && chars[*period..] == chars[..whole - period]);
    &chars[..period.unwrap_or(whole)]
}

/// Whether each character is as far from the one before as the others are: `abcdef`, `9876`.
fn is_sequence(chars: &[char]) -> bool {
    let step = |pair: &[char]| i64::from(u32::from(pair[1])) - i64::from(u32::from(pair[0]));
    let mut steps = chars.windows(2).map(step);
    chars.len() > 3 && steps.next().is_some_and(|first| first.abs() <= 2 && steps.all(|step| step == first))
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(text: &str) -> Result<(), PasswordError> {
        Password::choose(text, 8, &["Ada Lovelace", "ada.l", "countess@example.com"]).map(drop)
    }

    #[test]
    fn a_generated_password_keeps_to_every_policy() {
        for min_length in [8, 15, 20, 23, 64] {
            let text = Password::generate(min_length);
            assert!(Password::choose(&text, min_length, &["narthex"]).is_ok(), "{} characters", text.len());
            assert_ne!(text, Password::generate(min_length));
        }
        assert_eq!(Password::generate(15).len(), 23);
    }

    #[test]
    fn length_counts_code_points_after_normalisation() {
        assert_eq!(choose(""), Err(PasswordError::TooShort(8)));
        assert_eq!(choose("kq7#vX2"), Err(PasswordError::TooShort(8)));
        assert_eq!(choose("밤하늘에뜬달과별"), Ok(()));
        let long = "pX3 ".repeat(32);
        assert!(Password::typed(&long).is_some(), "128");
        assert!(Password::typed(&format!("{long}x")).is_none(), "129");
        assert!(Password::typed(&"x".repeat(10_000_000)).is_none());
        let (composed, decomposed) =
            (Password::typed("caf\u{e9}").unwrap(), Password::typed("cafe\u{301}").unwrap());
        assert_eq!(composed.as_bytes(), decomposed.as_bytes());
        assert_eq!(Password::typed("trailing  ").unwrap().as_bytes(), b"trailing  ");
    }

    #[test]
    fn personal_words_are_refused_in_any_spelling() {
        for bad in ["my-COUNTESS-42!", "xx ada.l xx 77", "AdaLovelace#1815", "adalovelace#1815"] {
            assert_eq!(choose(bad), Err(PasswordError::Personal), "{bad}");
        }
    }

    #[test]
    fn what_everybody_tries_first_is_refused() {
        for bad in [
            "password",
            "P4ssw0rd",
            "drowssap",
            "12345678",
            "aaaaaaaaaaaa",
            "abcabcabcabc",
            "qwertyuiop",
            "sunshine",
        ] {
            assert_eq!(choose(bad), Err(PasswordError::Common), "{bad}");
        }
        for good in ["kettle-sparrow-ninety", "tr0ub4dor&3-orbit", "vN8$kq!z2Lw"] {
            assert_eq!(choose(good), Ok(()), "{good}");
        }
    }
}
