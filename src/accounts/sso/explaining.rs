//! What would become of somebody with these claims: done as a sign-in does it, and then left undone.
use super::{Errand, Refused, Step, Told};
use crate::{
    config::Provider,
    domain::{audit::Origin, identity::Profile, secret::MasterKey, time::Time, user::User},
    store::{self, Db},
};

/// What would happen, and why.
pub struct Explained {
    /// What would be found and done, in order.
    pub steps: Vec<Step>,
    /// The account that would be signed in, or why nobody would.
    pub result: Result<User, Refused>,
}

/// Goes through a sign-in in a transaction that is not kept: the very same code decides, and nothing is left of it. An
/// account that would be made has the number 0. Nothing when somebody changes the same account again and again.
///
/// # Errors
/// When the database does not answer.
pub async fn explain(
    db: &Db,
    key: &MasterKey,
    provider: &Provider,
    profile: &Profile,
    now: Time,
) -> Result<Option<Explained>, store::Error> {
    let origin = Origin::default();
    let told = Told { db, key, provider, profile, origin: &origin, now };
    let judged = told.judge(Errand::Explain).await?;
    Ok(judged.map(|(tx, ended, steps)| {
        drop(tx);
        Explained { steps, result: ended.result }
    }))
}
