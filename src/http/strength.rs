//! `/password-strength`: what a form would say of a password, while it is typed. There is no other judge of it, and
//! nothing of it is kept.
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use templates::strength::told;

use super::{Error, Visit, extract::Form, view};
use crate::{domain::password::Password, state::App};

/// What is typed: the password, and the fields beside it that it must not contain.
#[derive(Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    password: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    display_name: String,
}

/// What the meter shows.
#[derive(Serialize)]
pub(super) struct Answer {
    /// 0 to 4.
    score: u8,
    /// The score in a word, in the language of the page.
    label: &'static str,
    /// What the form would answer, a sentence each.
    problems: Vec<String>,
    /// The rules under the field that are not kept.
    unmet: Vec<&'static str>,
    /// Whether the form would take it.
    ok: bool,
}

pub(super) async fn measure(
    State(app): State<App>,
    visit: Visit,
    Form(typed): Form<Typed>,
) -> Result<Json<Answer>, Error> {
    app.limits.begin_measure(&visit.origin.address, visit.now).await.map_err(Error::TooMany)?;
    let personal = [&typed.email, &typed.username, &typed.display_name, &app.config.organisation];
    let personal = personal.map(String::as_str);
    let strength = Password::rate(&typed.password, &app.settings().password, &personal);
    let ok = strength.problems.is_empty();
    let problems: Vec<_> = strength.problems.into_iter().map(view::password_problem).collect();
    let score = view::byte(strength.score);
    let told = told(visit.lang, score, &problems);
    Ok(Json(Answer { score, label: told.label, problems: told.problems, unmet: told.unmet, ok }))
}
