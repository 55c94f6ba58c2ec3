//! What groups at a provider give: roles and the tier. A provider adds and takes away only its own.
use std::{collections::BTreeSet, time::Duration};

use super::{
    admission::Occasion,
    steps::{self, Step, Warning},
    taking::{Given, Taking},
    visit::Visit,
};
use crate::{
    accounts::{Record, Refusal, note_superuser},
    config::{GroupsAbsent, Mapping, Provider},
    domain::{
        audit::{Actor, Event},
        identity::Profile,
        permission::{GrantSource, RoleName},
        user::{Tier, User},
    },
    store::{self, grants, roles, sync_warnings, users},
};

/// After so long it is written again what of somebody's claims cannot be followed.
const AGAIN: Duration = Duration::from_secs(86_400);

/// Whether somebody's groups make them a superuser.
pub(super) fn makes_superuser(provider: &Provider, profile: &Profile) -> bool {
    profile.groups.as_deref().is_some_and(|groups| is_among(&provider.mapping, groups))
}

fn is_among(mapping: &Mapping, groups: &[String]) -> bool {
    groups.iter().any(|group| mapping.superuser_groups.contains(group))
}

/// What somebody holds.
#[derive(Clone, Debug)]
struct Held {
    /// Roles that this provider gave.
    roles: BTreeSet<RoleName>,
    tier: Tier,
    /// Whether this provider gave the tier.
    tier_is_ours: bool,
}

/// What is to be changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Plan {
    give: Vec<RoleName>,
    take: Vec<RoleName>,
    tier: Option<Tier>,
    warning: Option<Warning>,
}

/// What the groups that were told come to, for somebody who holds this. Decided from what is given, and changes nothing.
fn plan(provider: &Provider, profile: &Profile, held: &Held) -> Plan {
    let mapping = &provider.mapping;
    let was_made_superuser = held.tier_is_ours && held.tier == Tier::Superuser;
    let (wanted, superuser): (BTreeSet<RoleName>, bool) = match &profile.groups {
        Some(groups) => {
            let given = groups.iter().filter_map(|group| mapping.roles.get(group)).flatten();
            (given.cloned().collect(), is_among(mapping, groups))
        }
        // What the configuration no longer gives goes all the same.
        None if mapping.absent == GroupsAbsent::Keep => {
            let given = mapping.all_roles().filter(|role| held.roles.contains(*role));
            (given.cloned().collect(), was_made_superuser && !mapping.superuser_groups.is_empty())
        }
        None => Default::default(),
    };
    let matters = mapping.is_used() || was_made_superuser || !held.roles.is_empty();
    let is_silent = profile.groups.is_none() && mapping.absent == GroupsAbsent::Drop && matters;
    let claim = provider.groups_claim.clone();
    let silence = match profile.groups_elsewhere {
        true => Warning::GroupsElsewhere(claim),
        false => Warning::GroupsAbsent(claim),
    };
    Plan {
        give: wanted.difference(&held.roles).cloned().collect(),
        take: held.roles.difference(&wanted).cloned().collect(),
        tier: match (held.tier, superuser) {
            (Tier::Standard, true) => Some(Tier::Superuser),
            (_, false) if was_made_superuser => Some(Tier::Standard),
            _ => None,
        },
        warning: is_silent.then_some(silence),
    }
}

impl<'a> Visit<'a> {
    /// Brings what this provider gave somebody in line with what their groups give now. `false` when it has to be begun
    /// again: somebody was faster, or superusers have to be locked first.
    pub(super) async fn sync(&mut self, user: &User) -> Result<bool, store::Error> {
        let taking = self.taking(user, &self.provider.name);
        let given = taking.given(self.tx).await?;
        let held = Held { roles: given.roles, tier: user.tier, tier_is_ours: given.superuser };
        let plan = plan(self.provider, self.profile, &held);
        self.carry_out(&taking, plan).await
    }

    /// Takes back all that a provider gave somebody, under these names of its, because it no longer admits them. `false`
    /// as in [`Self::sync`].
    pub(super) async fn withdraw(&mut self, user: &User, names: &[&str]) -> Result<bool, store::Error> {
        for name in names {
            let taking = self.taking(user, name);
            let Given { roles, superuser } = taking.given(self.tx).await?;
            if roles.is_empty() && !superuser {
                continue;
            }
            self.steps.push(Step::Withdrawn);
            let tier = superuser.then_some(Tier::Standard);
            let plan = Plan { take: roles.into_iter().collect(), tier, ..Plan::default() };
            if !self.carry_out(&taking, plan).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn taking<'u>(&self, user: &'u User, name: &str) -> Taking<'u>
    where
        'a: 'u,
    {
        let source = GrantSource::Provider(name.to_owned());
        Taking { user, source, actor: Actor::System, origin: self.origin, now: self.now }
    }

    async fn carry_out(&mut self, taking: &Taking<'_>, plan: Plan) -> Result<bool, store::Error> {
        if plan.tier.is_some() && !self.superusers_locked {
            self.wants_lock = true;
            return Ok(false);
        }
        self.steps.extend(plan.warning.map(Step::Warned));
        let changes = !plan.take.is_empty() || !plan.give.is_empty();
        for role in plan.take {
            taking.role(self.tx, &role).await?;
            self.steps.push(Step::RoleTaken(role));
        }
        if !self.give(taking.user, &taking.source, plan.give).await? {
            return Ok(false);
        }
        if changes {
            users::touch_version(self.tx, taking.user.id).await?;
        }
        match plan.tier {
            Some(Tier::Superuser) => self.promote(taking.user, &taking.source).await?,
            Some(Tier::Standard) => match taking.tier(self.tx).await {
                Ok(()) => self.steps.push(Step::TierChanged(Tier::Standard)),
                Err(Refusal::Store(error)) => return Err(error),
                Err(_) => self.warn(Warning::LastSuperuser),
            },
            None => {}
        }
        Ok(true)
    }

    /// `false` when one of the roles was deleted at this very moment.
    async fn give(
        &mut self,
        user: &User,
        source: &GrantSource,
        wanted: Vec<RoleName>,
    ) -> Result<bool, store::Error> {
        let known = roles::among(self.tx, &wanted).await?;
        for role in wanted {
            if !known.contains(&role) {
                self.warn(Warning::RoleMissing(role));
                continue;
            }
            match grants::add_role(self.tx, user.id, &role, source, self.now).await {
                Err(error) if error.is_foreign_key() => return Ok(false),
                added => added?,
            };
            let record = self.record(Event::RoleGranted, user).change("role", "", &role);
            record.detail(&source.word()).write(self.tx, self.now).await?;
            self.steps.push(Step::RoleGiven(role));
        }
        Ok(true)
    }

    /// Superusers are locked by now.
    async fn promote(&mut self, user: &User, source: &GrantSource) -> Result<(), store::Error> {
        note_superuser(self.tx, user.status, Tier::Superuser).await?;
        users::set_tier_from(self.tx, user.id, Tier::Superuser, source).await?;
        let record = self.record(Event::AccountTierChanged, user).change("tier", user.tier, Tier::Superuser);
        record.detail(&source.word()).write(self.tx, self.now).await?;
        self.steps.push(Step::TierChanged(Tier::Superuser));
        Ok(())
    }

    /// Remembers what could not be followed, for [`Self::record_warnings`].
    pub(super) fn warn(&mut self, warning: Warning) {
        self.steps.push(Step::Warned(warning));
    }

    /// Writes to the audit log what could not be followed: whenever something was taken back with it, and else at a
    /// sign-in only, once a day. A provider is asked again about people every few minutes, and nothing is new then.
    pub(super) async fn record_warnings(&mut self, user: &User) -> Result<(), store::Error> {
        let taken = |step: &Step| matches!(step, Step::RoleTaken(_) | Step::TierChanged(Tier::Standard));
        let taken = self.steps.iter().any(taken);
        if !taken && self.occasion == Occasion::Refresh {
            return Ok(());
        }
        for warning in steps::warnings(&self.steps) {
            let (provider, word, about) = (&self.provider.name, warning.word(), warning.about());
            let due = sync_warnings::note(self.tx, user.id, provider, word, about, self.now, AGAIN).await?;
            if !due && !taken {
                continue;
            }
            let mut record = self.record(Event::AccountSyncWarned, user).change("provider", "", provider);
            match warning {
                Warning::GroupsAbsent(claim) | Warning::GroupsElsewhere(claim) => {
                    record = record.change("claim", "", claim);
                }
                Warning::RoleMissing(role) => record = record.change("role", "", role),
                Warning::LastSuperuser | Warning::EmailSkipped => {}
            }
            record.detail(word).write(self.tx, self.now).await?;
        }
        Ok(())
    }

    pub(super) fn record(&self, event: Event, user: &User) -> Record<'a> {
        Record::new(event, Actor::System, self.origin).about(user)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::Config,
        domain::identity::{EmailClaim, Identity},
    };

    fn role(name: &str) -> RoleName {
        RoleName::parse(name).unwrap()
    }

    fn provider(more: &str) -> Provider {
        let text = format!(
            "[[provider]]\nname = 'corp'\nissuer = 'https://i.example'\nclient_id = 'n'\nclient_secret = 's'\n{more}"
        );
        Config::from_text(&text).unwrap().providers.remove(0)
    }

    fn corp(more: &str) -> Provider {
        provider(&format!(
            "superuser_groups = ['root']\nroles = {{ eng = ['dev', 'ops'], qa = ['ops'] }}\n{more}"
        ))
    }

    fn profile(groups: Option<&[&str]>) -> Profile {
        Profile {
            identity: Identity { issuer: "https://i.example".into(), subject: "s".into() },
            provider: "corp".into(),
            username: None,
            name: None,
            email: EmailClaim::Missing,
            groups: groups.map(|groups| groups.iter().map(|group| (*group).to_owned()).collect()),
            groups_elsewhere: false,
            lacks: None,
            session: None,
        }
    }

    fn held(roles: &[&str], tier: Tier, tier_is_ours: bool) -> Held {
        Held { roles: roles.iter().map(|name| role(name)).collect(), tier, tier_is_ours }
    }

    /// Roles given, roles taken, the tier.
    fn changes(provider: &Provider, groups: Option<&[&str]>, held: &Held) -> (String, String, Option<Tier>) {
        let plan = plan(provider, &profile(groups), held);
        let text = |roles: Vec<RoleName>| roles.iter().map(RoleName::as_str).collect::<Vec<_>>().join(" ");
        (text(plan.give), text(plan.take), plan.tier)
    }

    #[test]
    fn a_52_groups_give_what_they_give_and_only_letter_by_letter() {
        let (corp, nothing) = (corp(""), held(&[], Tier::Standard, false));
        let given = |groups: &[&str]| changes(&corp, Some(groups), &nothing);
        let none = (String::new(), String::new(), None);
        assert_eq!(given(&["eng"]), ("dev ops".into(), String::new(), None));
        assert_eq!(given(&["qa", "eng", "eng"]), ("dev ops".into(), String::new(), None));
        assert_eq!(given(&["root"]), (String::new(), String::new(), Some(Tier::Superuser)));
        for close in
            [&["ROOT"][..], &["root "], &["/root"], &["roo"], &["r\u{43e}ot"], &["Eng", "eng2"], &[""], &[]]
        {
            assert_eq!(given(close), none, "{close:?}");
        }
        let many: Vec<_> = (0..5000).map(|index| format!("group-{index}")).collect();
        let mut many: Vec<_> = many.iter().map(String::as_str).collect();
        assert_eq!(given(&many), none);
        many.push("qa");
        assert_eq!(given(&many), ("ops".into(), String::new(), None));
    }

    #[test]
    fn only_what_came_from_the_provider_goes_with_the_groups() {
        let corp = corp("");
        let ours = held(&["dev", "ops"], Tier::Superuser, true);
        assert_eq!(changes(&corp, Some(&["qa"]), &ours), (String::new(), "dev".into(), Some(Tier::Standard)));
        assert_eq!(changes(&corp, Some(&["root", "eng"]), &ours), (String::new(), String::new(), None));
        let by_hand = held(&[], Tier::Superuser, false);
        assert_eq!(changes(&corp, Some(&[]), &by_hand), (String::new(), String::new(), None));
        assert_eq!(changes(&corp, Some(&["root"]), &by_hand), (String::new(), String::new(), None));
        // A tier that this provider gave and the person lost by hand is given again.
        let lost = held(&[], Tier::Standard, false);
        assert_eq!(changes(&corp, Some(&["root"]), &lost).2, Some(Tier::Superuser));
    }

    #[test]
    fn silence_takes_back_or_keeps_as_it_is_set() {
        let ours = held(&["dev", "old"], Tier::Superuser, true);
        assert_eq!(changes(&corp(""), None, &ours), (String::new(), "dev old".into(), Some(Tier::Standard)));
        let keep = corp("groups_absent = 'keep'");
        assert_eq!(
            changes(&keep, None, &ours),
            (String::new(), "old".into(), None),
            "not what no group gives"
        );
        assert_eq!(changes(&keep, Some(&[]), &ours), (String::new(), "dev old".into(), Some(Tier::Standard)));
        let unset = provider("groups_absent = 'keep'");
        assert_eq!(changes(&unset, None, &ours), (String::new(), "dev old".into(), Some(Tier::Standard)));
    }

    #[test]
    fn silence_is_told_where_it_matters() {
        let nothing = held(&[], Tier::Standard, false);
        let warning = |provider: &Provider, held: &Held| plan(provider, &profile(None), held).warning;
        let absent = Some(Warning::GroupsAbsent("groups".into()));
        assert_eq!(warning(&corp(""), &nothing), absent);
        assert_eq!(warning(&corp("groups_absent = 'keep'"), &nothing), None);
        assert_eq!(warning(&provider(""), &nothing), None, "groups give nothing there");
        assert_eq!(warning(&provider(""), &held(&["dev"], Tier::Standard, false)), absent);
        let elsewhere = Profile { groups_elsewhere: true, ..profile(None) };
        let told = plan(&corp(""), &elsewhere, &nothing).warning;
        assert_eq!(told, Some(Warning::GroupsElsewhere("groups".into())));
        assert_eq!(
            plan(&corp(""), &profile(Some(&[])), &nothing).warning,
            None,
            "an empty claim says something"
        );
    }
}
