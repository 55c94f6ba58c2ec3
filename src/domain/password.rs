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

/// What a new password is held to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordPolicy {
    /// Code points at least, 8 to 64.
    pub min_length: usize,
    /// How many of lower case, upper case, digits and others there must be, 0 to 4.
    pub classes: u32,
    /// How well it must stand up to guessing: zxcvbn's score, 0 to 4.
    pub score: u32,
    /// Whether it may not contain the person's name, username or address.
    pub personal: bool,
    /// Whether those that everybody tries first are refused.
    pub common: bool,
    /// How many of the person's last passwords may not come again, the one of now included.
    pub history: u32,
    /// Days after which a password must be changed; 0 for never, as NIST SP 800-63B-4 §3.1.1.2 asks.
    pub rotation_days: u32,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self {
            min_length: 15,
            classes: 0,
            score: 0,
            personal: true,
            common: true,
            history: 1,
            rotation_days: 0,
        }
    }
}

/// Why a password may not be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordError {
    /// Fewer code points than this.
    TooShort(usize),
    /// Fewer kinds of characters than this.
    TooFewClasses(u32),
    /// Easier to guess than the policy lets it be.
    TooWeak,
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
            Self::TooFewClasses(least) => write!(
                f,
                "the password has fewer than {least} of lower case, upper case, digits and other characters"
            ),
            Self::TooWeak => f.write_str("the password is too easy to guess"),
            Self::TooLong => write!(f, "the password has more than {PASSWORD_MAX} characters"),
            Self::Personal => {
                f.write_str("the password contains the person's name, username or email address")
            }
            Self::Common => f.write_str("the password is one of those that are guessed first"),
        }
    }
}

/// What is to be said of a password while it is typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strength {
    /// zxcvbn's score, 0 to 4; at most 1 for one that would be refused.
    pub score: u32,
    /// Every rule that it breaks.
    pub problems: Vec<PasswordError>,
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

    /// A password that nobody could guess, in groups that can be read out: 100 random bits or more, and as
    /// many characters of as many kinds as the policy asks for.
    pub fn generate(policy: &PasswordPolicy) -> Zeroizing<String> {
        loop {
            let text = Self::draw(policy);
            if Self::choose(&text, policy, &[]).is_ok() {
                return text;
            }
        }
    }

    fn draw(policy: &PasswordPolicy) -> Zeroizing<String> {
        // Characters that are not mistaken for each other; capitals only where four kinds are asked for.
        const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        const WITH_CAPITALS: &[u8; 32] = b"abcdefghjkmnpqrtABDEFGHLMNQRTY23";
        let letters_of = if policy.classes > 3 { WITH_CAPITALS } else { LETTERS };
        let letters = policy.min_length.clamp(20, PASSWORD_MAX - 24).next_multiple_of(5);
        let bytes = Zeroizing::new(secret::random::<PASSWORD_MAX>());
        let mut text = Zeroizing::new(String::with_capacity(PASSWORD_MAX));
        for (index, byte) in bytes.iter().take(letters).enumerate() {
            if index > 0 && index % 5 == 0 {
                text.push('-');
            }
            text.push(char::from(letters_of[usize::from(byte % 32)]));
        }
        text
    }

    /// A password that somebody chooses, measured against the policy. `personal` are words that belong to
    /// the person or the place.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn choose(text: &str, policy: &PasswordPolicy, personal: &[&str]) -> Result<Self, PasswordError> {
        let password = Self::new(text, policy)?;
        match password.broken(policy, personal).first() {
            Some(problem) => Err(*problem),
            None => Ok(password),
        }
    }

    /// How a password that somebody types would fare with [`Self::choose`], and how hard it is to guess.
    pub fn rate(text: &str, policy: &PasswordPolicy, personal: &[&str]) -> Strength {
        match Self::new(text, policy) {
            Err(problem) => Strength { score: 0, problems: vec![problem] },
            Ok(password) => {
                let problems = password.broken(policy, personal);
                let most = if problems.is_empty() { 4 } else { REFUSED_MAX };
                Strength { score: password.score().min(most), problems }
            }
        }
    }

    fn new(text: &str, policy: &PasswordPolicy) -> Result<Self, PasswordError> {
        let short = PasswordError::TooShort(policy.min_length);
        Self::typed(text).ok_or(if text.is_empty() { short } else { PasswordError::TooLong })
    }

    /// The rules that it breaks.
    fn broken(&self, policy: &PasswordPolicy, personal: &[&str]) -> Vec<PasswordError> {
        let rules = [
            (self.0.chars().count() < policy.min_length, PasswordError::TooShort(policy.min_length)),
            (self.classes() < policy.classes, PasswordError::TooFewClasses(policy.classes)),
            (policy.personal && self.is_personal(personal), PasswordError::Personal),
            (policy.common && self.is_common(), PasswordError::Common),
            (policy.score > 0 && self.score() < policy.score, PasswordError::TooWeak),
        ];
        rules.into_iter().filter(|(breaks, _)| *breaks).map(|(_, problem)| problem).collect()
    }

    /// The bytes to hash.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// How many of the four kinds of characters there are; letters of scripts without case count as others.
    fn classes(&self) -> u32 {
        let kinds: [fn(char) -> bool; 4] = [char::is_lowercase, char::is_uppercase, char::is_numeric, |c| {
            !c.is_lowercase() && !c.is_uppercase() && !c.is_numeric()
        }];
        kinds.iter().map(|is_of| u32::from(self.0.chars().any(is_of))).sum()
    }

    /// zxcvbn's score of what it can look at in reasonable time; more characters only make a password better.
    fn score(&self) -> u32 {
        let seen = Zeroizing::new(self.0.chars().take(LOOKED_UP_MAX).collect::<String>());
        u32::from(u8::from(zxcvbn::zxcvbn(&seen, &[]).score()))
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

/// The most points of a password that would be refused: the meter calls none of them good.
const REFUSED_MAX: u32 = 1;
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

    fn at_least(min_length: usize) -> PasswordPolicy {
        PasswordPolicy { min_length, ..PasswordPolicy::default() }
    }

    fn choose(text: &str) -> Result<(), PasswordError> {
        Password::choose(text, &at_least(8), &["Ada Lovelace", "ada.l", "countess@example.com"]).map(drop)
    }

    #[test]
    fn a_generated_password_keeps_to_every_policy() {
        for min_length in [8, 15, 20, 23, 64] {
            for classes in 0..=4 {
                let policy = PasswordPolicy { classes, score: 4, ..at_least(min_length) };
                let text = Password::generate(&policy);
                let chosen = Password::choose(&text, &policy, &["narthex"]);
                assert!(chosen.is_ok(), "{} characters, {classes} classes", text.len());
                assert_ne!(text, Password::generate(&policy));
            }
        }
        assert_eq!(Password::generate(&at_least(15)).len(), 23);
    }

    #[test]
    fn each_rule_of_the_policy_can_be_asked_for_alone() {
        let lenient = PasswordPolicy { personal: false, common: false, history: 0, ..at_least(8) };
        let choose =
            |text: &str, policy: PasswordPolicy| Password::choose(text, &policy, &["Ada Lovelace"]).map(drop);
        assert_eq!(choose("password", lenient.clone()), Ok(()));
        assert_eq!(choose("adalovelace", lenient.clone()), Ok(()));
        let common = PasswordPolicy { common: true, ..lenient.clone() };
        assert_eq!(choose("password", common), Err(PasswordError::Common));
        let personal = PasswordPolicy { personal: true, ..lenient.clone() };
        assert_eq!(choose("adalovelace", personal), Err(PasswordError::Personal));
        let strong = PasswordPolicy { score: 3, ..lenient.clone() };
        assert_eq!(choose("password1", strong.clone()), Err(PasswordError::TooWeak));
        assert_eq!(choose("kettle-sparrow-ninety", strong), Ok(()));
        for (text, kinds) in
            [("abcdefgh", 1), ("abcdEFGH", 2), ("abcdEF12", 3), ("abcdEF1!", 4), ("밤하늘에뜬달과별", 1)]
        {
            let asks = |classes| PasswordPolicy { classes, ..lenient.clone() };
            assert_eq!(choose(text, asks(kinds)), Ok(()), "{text}");
            if kinds < 4 {
                assert_eq!(
                    choose(text, asks(kinds + 1)),
                    Err(PasswordError::TooFewClasses(kinds + 1)),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn the_meter_says_what_the_form_would_say() {
        let strict = PasswordPolicy { classes: 4, score: 4, ..at_least(15) };
        for policy in [PasswordPolicy::default(), at_least(8), strict] {
            for text in ["", "a", "password", "AdaLovelace#1815", "kettle-sparrow-ninety", &"x".repeat(129)] {
                let rated = Password::rate(text, &policy, &["Ada Lovelace"]);
                let chosen = Password::choose(text, &policy, &["Ada Lovelace"]).map(drop);
                assert_eq!(rated.problems.first().copied().map_or(Ok(()), Err), chosen, "{text}");
                assert!(rated.score <= 4 && (chosen.is_ok() || rated.score <= REFUSED_MAX), "{text}");
            }
        }
        let rated = Password::rate("password", &PasswordPolicy::default(), &[]);
        assert_eq!(rated.problems, [PasswordError::TooShort(15), PasswordError::Common], "all of them");
        assert_eq!(Password::rate("kettle-sparrow-ninety", &PasswordPolicy::default(), &[]).score, 4);
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
