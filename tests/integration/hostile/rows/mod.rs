//! What a provider can do wrong, a row each, with what has to come of it.
mod accepted;
mod answers;
mod places;
mod tokens;

pub(crate) use accepted::accepted;

use super::Tricks;

/// One thing wrong.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// The check of the relying party without which it would succeed; nothing where more than one stands in its way.
    pub(crate) guard: &'static str,
    pub(crate) ends: Ends,
    pub(crate) spoil: Spoil,
}

/// What becomes of the sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ends {
    /// Stopped for safety.
    BadAnswer,
    /// The provider does not answer, or not sensibly.
    Unavailable,
    /// Only an operator can help.
    Misconfigured,
    /// The provider, or the person there, said no.
    Denied,
}

type Spoil = Box<dyn Fn(&mut Tricks) + Send + Sync>;

const GUARDED_TWICE: &str = "";

fn row(
    name: &'static str,
    guard: &'static str,
    ends: Ends,
    spoil: impl Fn(&mut Tricks) + Send + Sync + 'static,
) -> Row {
    Row { name, guard, ends, spoil: Box::new(spoil) }
}

/// All rows of one kind: `id token`, `signature`, `response`, `browser`, `userinfo`, `discovery`, `transport`, `slow`.
pub(crate) fn group(kind: &str) -> Vec<Row> {
    match kind {
        "id token" => tokens::id_token(),
        "signature" => tokens::signature(),
        "response" => answers::response(),
        "browser" => answers::browser(),
        "userinfo" => answers::userinfo(),
        "discovery" => places::discovery(),
        "transport" => places::transport(),
        "slow" => places::slow(),
        _ => panic!("there is no group {kind}"),
    }
}
