//! Who lives in the demo: a superuser, and three people who wait.
use std::collections::BTreeSet;

use anyhow::{Context as _, anyhow};
use zeroize::Zeroizing;

use super::hours;
use crate::{
    accounts::{
        By,
        roles_admin::{self, RoleEdit},
        setup::{self, NewAccount},
        sign_up::{self, Application},
    },
    domain::{
        audit::Origin,
        password::Password,
        permission::{Permission, Right, RoleName},
        settings::Settings,
        user::{DisplayName, Email, Tier, Username},
    },
    state::App,
};

/// The superuser's login name.
pub(super) const SUPERUSER: &str = "superuser";

/// The passwords that were made up.
pub(super) struct People {
    pub(super) superuser_password: Zeroizing<String>,
    /// One for all three.
    pub(super) applicant_password: Zeroizing<String>,
}

/// Somebody who applied.
pub(super) struct Applicant {
    pub(super) email: &'static str,
    display_name: &'static str,
    reason: Option<&'static str>,
    hours_ago: u64,
}

/// Those who wait, the first to apply first.
pub(super) fn applicants() -> [Applicant; 3] {
    [
        Applicant {
            email: "amara.okafor@contractor.example",
            display_name: "Amara Okafor",
            reason: Some(
                "I keep the wiki's search running for the documentation team until the end of March.",
            ),
            hours_ago: 50,
        },
        Applicant {
            email: "jiho.yoon@partner.example",
            display_name: "윤지호",
            reason: Some("협력사 개발자입니다. 연동 작업을 위해 위키의 API 문서가 필요합니다."),
            hours_ago: 5,
        },
        Applicant {
            email: "tomas@herrera.example",
            display_name: "Tomás Herrera",
            reason: None,
            hours_ago: 0,
        },
    ]
}

/// Roles as most organisations begin with: name, what people call it, what it is for, what it gives.
const ROLES: [(&str, &str, &str, &[Right]); 2] = [
    (
        "user-manager",
        "User Manager",
        "Admits applicants, edits and deactivates users.",
        &[Right::UserRead, Right::UserApprove, Right::UserManage, Right::SessionRead, Right::SessionRevoke],
    ),
    (
        "auditor",
        "Auditor",
        "Looks at users, roles, sessions and the audit log.",
        &[Right::UserRead, Right::RoleRead, Right::SessionRead, Right::AuditRead, Right::AuditExport],
    ),
];

/// Makes their accounts, by the same operations that everybody's are made by.
pub(super) async fn move_in(app: &App) -> anyhow::Result<People> {
    let policy = &app.settings().password;
    let people = People {
        superuser_password: Password::generate(policy),
        applicant_password: Password::generate(policy),
    };
    let now = app.clock.now();
    let account = NewAccount {
        username: Username::parse(SUPERUSER).context("the superuser's name is a username")?,
        email: email("superuser@demo.example")?,
        display_name: display_name("Demo Superuser")?,
        password_hash: hash(app, &people.superuser_password).await?,
        tier: Tier::Superuser,
    };
    setup::add_user(&app.db, &account, &By::cli(), now - hours(72)).await?;
    for (name, display_name, description, rights) in ROLES {
        let name = RoleName::parse(name).context("a role's name is in kebab-case")?;
        let edit = RoleEdit {
            version: 0,
            display_name: display_name.to_owned(),
            description: description.to_owned(),
            permissions: rights.iter().map(|right| Permission::from(*right)).collect(),
            supervises: BTreeSet::new(),
        };
        roles_admin::create(&app.db, &By::cli(), &name, &edit, now - hours(72)).await?;
    }
    // They have no mailbox.
    let settings = Settings { verify_email: false, ..Settings::clone(&app.settings()) };
    for applicant in applicants() {
        let application = Application {
            email: email(applicant.email)?,
            display_name: display_name(applicant.display_name)?,
            username: None,
            password_hash: hash(app, &people.applicant_password).await?,
            reason: applicant.reason.map(str::to_owned),
        };
        let origin = Origin { address: "127.0.0.1".to_owned(), ..Origin::default() };
        let at = now - hours(applicant.hours_ago);
        sign_up::sign_up(&app.db, &application, &settings, true, &origin, at).await?;
    }
    Ok(people)
}

async fn hash(app: &App, password: &str) -> anyhow::Result<String> {
    let password = Password::typed(password).context("a generated password is a password")?;
    Ok(app.hasher.hash(&password).await?)
}

fn email(text: &str) -> anyhow::Result<Email> {
    Email::parse(text).ok_or_else(|| anyhow!("{text} is not an email address"))
}

fn display_name(text: &str) -> anyhow::Result<DisplayName> {
    DisplayName::parse(text).map_err(|_| anyhow!("{text} is not a display name"))
}
