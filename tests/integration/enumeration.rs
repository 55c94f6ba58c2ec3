//! Nothing tells a stranger who has an account: A-56, by counting what is computed instead of by the clock.
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use narthex::{accounts::By, accounts::administration};

use crate::harness::{
    Issuer, PASSWORD, Stack, both_stacks,
    gateway::{Setup, standing_clock},
};

use super::outsider::visible;

both_stacks!(a_56_two_hundred_tries_each_tell_nothing_about_anybody);

const TRIES: usize = 200;

/// What two hundred tries at one kind of account came to.
#[derive(Default)]
struct Kind {
    hashes: u64,
    times: Vec<Duration>,
}

impl Kind {
    fn median(&mut self) -> Duration {
        self.times.sort_unstable();
        self.times[self.times.len() / 2]
    }
}

async fn a_56_two_hundred_tries_each_tell_nothing_about_anybody(stack: Stack) {
    let issuer = Issuer::start().await;
    let limits = "[login]\naccount_failures = 3\naddress_failures = 100000\n\
                  [signup]\nper_address = 100000\nmax_pending = 100000";
    let setup = Setup::on(&stack).with(limits).with(&issuer.config("corp", "")).clock(standing_clock());
    let gateway = setup.provider_port(issuer.port).start().await;
    gateway.superuser("boss").await;
    let (known, locked) = (gateway.standard("known").await, gateway.standard("locked").await);
    let inactive = gateway.standard("inactive").await;
    administration::deactivate(&gateway.db, &By::cli(), inactive.user.id, gateway.clock.now()).await.unwrap();
    let waiting = gateway.applicant("waiting").await;
    issuer.is_employee("employee");
    gateway.browser().visit("/oidc/corp").await.is(200);
    let hashes = || gateway.running.app.hasher.computed();

    let mut kinds: BTreeMap<_, Kind> = BTreeMap::new();
    let mut first = None;
    for round in 0..TRIES {
        // Failures of the last round are forgotten, so that nobody is locked but whom we lock.
        gateway.later(Duration::from_secs(16 * 60));
        for _ in 0..3 {
            gateway.browser().post("/login", &[("login", "locked"), ("password", "x")]).await.is(401);
        }
        let nobody = format!("nobody{round}@people.example");
        let logins = [
            ("unknown", nobody.as_str()),
            ("active", known.email()),
            ("locked", locked.email()),
            ("inactive", inactive.email()),
            ("pending", waiting.email()),
            ("SSO only", "employee@corp.example"),
        ];
        for turn in 0..logins.len() {
            let (kind, login) = logins[(turn + round) % logins.len()];
            let (before, begun) = (hashes(), Instant::now());
            let fields = [("login", login), ("password", "some wrong password")];
            let page = gateway.browser().post("/login", &fields).await;
            let kind = kinds.entry(("login", kind)).or_default();
            kind.times.push(begun.elapsed());
            kind.hashes += hashes() - before;
            let seen = visible(&page, login);
            assert_eq!(seen.0, 401);
            assert_eq!(*first.get_or_insert_with(|| seen.clone()), seen, "{login}");
        }
    }
    let mut first = None;
    for round in 0..TRIES {
        gateway.later(Duration::from_secs(61 * 60));
        let nobody = format!("fresh{round}@outside.example");
        let addresses = [
            ("unknown", nobody.as_str()),
            ("active", known.email()),
            ("inactive", inactive.email()),
            ("pending", waiting.email()),
            ("SSO only", "employee@corp.example"),
        ];
        for turn in 0..addresses.len() {
            let (kind, email) = addresses[(turn + round) % addresses.len()];
            let (before, begun) = (hashes(), Instant::now());
            let fields = [("email", email), ("display_name", "Somebody"), ("password", PASSWORD)];
            let page = gateway.browser().post("/signup", &fields).await;
            let kind = kinds.entry(("signup", kind)).or_default();
            kind.times.push(begun.elapsed());
            kind.hashes += hashes() - before;
            let seen = visible(&page, email);
            assert_eq!(seen.0, 303, "{email}: {}", page.text());
            assert_eq!(*first.get_or_insert_with(|| seen.clone()), seen, "{email}");
        }
    }
    for path in ["login", "signup"] {
        let unknown = kinds.get_mut(&(path, "unknown")).unwrap().median();
        for ((of, kind), seen) in kinds.iter_mut().filter(|((of, _), _)| *of == path) {
            let (median, tries) = (seen.median(), seen.times.len());
            let apart = median.as_secs_f64() - unknown.as_secs_f64();
            println!(
                "{of:>6} {kind:<9} {tries} tries, {} hashes, median {median:.2?}, {:+.2} ms from unknown",
                seen.hashes,
                apart * 1000.0
            );
            assert_eq!((tries, seen.hashes), (TRIES, TRIES as u64), "{of} {kind}");
        }
    }
    gateway.stop().await;
}
