//! Where people are signed in: their own page, Login Management, and that what is ended is over at once.
use std::time::Duration;

use narthex::{
    accounts::{By, administration, own},
    domain::{
        audit::{Event, Origin},
        session::{Lifetimes, Session, SessionToken},
        time::Time,
        user::{Status, Tier, User},
    },
    session::Totals,
    store::{revocations, users},
};

use crate::harness::{
    Ask, Browser, Gateway, Page, Person, Stack, both_stacks,
    gateway::{Setup, standing_clock},
    servers::OwnRedis,
};

both_stacks!(
    two_browsers_are_seen_and_each_is_ended_by_itself,
    an_administrator_revokes_one_session_and_then_all,
    signing_out_everywhere_else_keeps_this_browser_alone,
    a_session_is_over_for_good_only_when_nothing_can_make_it_stand,
    a_86_nobody_elses_session_is_seen_or_ended,
    ones_own_session_is_not_ended_among_the_others,
    what_no_longer_stands_is_not_shown_and_is_tidied_away,
    several_people_are_signed_out_with_a_report,
    pages_lead_through_everybody_who_is_online,
    a_search_finds_those_who_are_online_only,
    nobody_has_more_than_a_hundred_sessions,
    what_one_ends_for_oneself_is_counted_no_more,
    tidying_spares_what_began_after_the_change,
    a_revocation_outlives_the_session_however_lifetimes_change,
);

const FIREFOX: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0";
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
    Version/18.1 Mobile/15E148 Safari/604.1";
/// Lets any peer ask `/verify`.
const WIKI: &str = "trusted_proxies = ['127.0.0.1']\n[[upstream]]\nname = 'wiki'\nhost = 'wiki.example.test'\n\
    [[upstream.rule]]\npath = '/'\ntier = 'any'";

/// A gateway whose sessions nobody shares: who is online is told of the whole store.
struct Place {
    gateway: Gateway,
    _redis: Option<OwnRedis>,
}

impl Place {
    async fn start(stack: &Stack) -> Self {
        Self::with(Setup::on(stack), stack).await
    }

    async fn with(setup: Setup, stack: &Stack) -> Self {
        let (setup, redis) = own_redis(setup, stack);
        Self { gateway: setup.with(WIKI).start().await, _redis: redis }
    }

    async fn totals(&self) -> Totals {
        let app = &self.gateway.running.app;
        app.sessions.totals(&app.settings().lifetimes, self.gateway.clock.now()).await.unwrap()
    }

    async fn sessions(&self, person: &Person) -> Vec<Session> {
        let kept = self.gateway.running.app.sessions.of_user(person.user.id, self.gateway.clock.now()).await;
        kept.unwrap().into_iter().map(|(_, session)| session).collect()
    }
}

fn own_redis(setup: Setup, stack: &Stack) -> (Setup, Option<OwnRedis>) {
    if !stack.config().contains_key("sessions") {
        return (setup, None);
    }
    let redis = OwnRedis::start();
    (setup.with(&format!("[sessions]\nredis_url = '{}'", redis.url())), Some(redis))
}

async fn sign_in_with(gateway: &Gateway, person: &Person, user_agent: &str) -> Browser {
    let mut browser = gateway.browser().always("user-agent", user_agent);
    let page = crate::harness::gateway::sign_in(&mut browser, person.username(), &person.password).await;
    page.is(303);
    browser
}

/// What the gate says of this browser.
async fn verify(gateway: &Gateway, browser: &Browser) -> u16 {
    let cookie = browser.cookies().find("narthex").map_or_else(String::new, |cookie| cookie.value.clone());
    let ask = Ask::get("/verify")
        .header("x-original-url", "http://wiki.example.test/")
        .header("x-original-method", "GET")
        .header("cookie", &format!("narthex={cookie}"));
    gateway.browser().send(ask).await.status.as_u16()
}

async fn two_browsers_are_seen_and_each_is_ended_by_itself(stack: Stack) {
    let place = Place::start(&stack).await;
    let gateway = &place.gateway;
    let carol = gateway.standard("carol").await;
    let mut desk = sign_in_with(gateway, &carol, FIREFOX).await;
    let mut phone = sign_in_with(gateway, &carol, IPHONE).await;
    assert_eq!((verify(gateway, &desk).await, verify(gateway, &phone).await), (200, 200));
    let page = desk.get("/account").await.is(200);
    assert!(page.says("Firefox on Windows This device") && page.says("Safari on iPhone"), "{}", page.text());
    assert!(page.says("127.0.0.1 · with password"), "{}", page.text());
    desk.submit(&page.form("/end")).await.is(303);
    phone.get("/account").await.is(303);
    assert_eq!((verify(gateway, &phone).await, verify(gateway, &desk).await), (401, 200));
    let page = desk.get("/account").await.is(200);
    assert!(!page.says("iPhone") && !page.body.contains("/end"), "{}", page.text());
    assert_eq!(place.totals().await, Totals { people: 1, sessions: 1 });
    let ended = gateway.events().await.into_iter().find(|entry| entry.event == Event::SessionEnded).unwrap();
    assert_eq!(ended.detail.as_deref(), Some("signed_out"));
    assert_eq!((ended.changes[0].field.as_str(), ended.changes[0].from.len()), ("session", 8));
    place.gateway.stop().await;
}

async fn an_administrator_revokes_one_session_and_then_all(stack: Stack) {
    let place = Place::start(&stack).await;
    let gateway = &place.gateway;
    let (boss, carol) = (gateway.superuser("boss").await, gateway.standard("carol").await);
    let mut admin = gateway.signed_in(&boss).await;
    let mut desk = sign_in_with(gateway, &carol, FIREFOX).await;
    let mut phone = sign_in_with(gateway, &carol, IPHONE).await;
    let page = admin.get("/admin/sessions").await.is(200);
    assert!(page.says("Active Users2") && page.says("Active Sessions3") && page.says("Superusers online1"));
    assert!(page.says("carol Name of carol") && page.says("2 sessions of carol"), "{}", page.text());
    assert!(page.says("Firefox on Windows") && page.says("Safari on iPhone"));
    let handle =
        place.sessions(&carol).await.into_iter().find(|it| &*it.user_agent == IPHONE).unwrap().handle;
    let revoke = page.form(&format!("/{handle}/revoke"));
    assert_eq!(admin.submit(&revoke).await.is(303).location(), "/admin/sessions");
    let page = admin.get("/admin/sessions").await.is(200);
    assert!(page.says("A session of carol ended") && page.says("1 session of carol"), "{}", page.text());
    phone.get("/account").await.is(303);
    assert_eq!((verify(gateway, &phone).await, verify(gateway, &desk).await), (401, 200));
    let entry = gateway.events().await.pop().unwrap();
    assert_eq!((entry.event, entry.detail.as_deref()), (Event::SessionEnded, Some("revoked")));
    assert_eq!(entry.target.unwrap().id, carol.user.id);
    assert_eq!(entry.changes[0].from, handle[..8]);
    // A second click, or another administrator: nothing happens twice.
    admin.submit(&revoke).await.is(303);
    assert!(admin.get("/admin/sessions").await.says("had ended already"));
    assert_eq!(gateway.count_events(Event::SessionEnded, Some(&carol.user)).await, 1);
    assert!(admin.get("/admin/audit").await.says("Revoked by an administrator"));

    let mut phone = sign_in_with(gateway, &carol, IPHONE).await;
    let page = admin.get("/admin/sessions").await.is(200);
    admin.submit(&page.form(&format!("{}/end", carol.user.id))).await.is(303);
    let page = admin.get("/admin/sessions").await.is(200);
    assert!(page.says("Sessions of carol ended 2 sessions ended.") && !page.says("Name of carol"));
    for browser in [&mut desk, &mut phone] {
        browser.get("/account").await.is(303);
        assert_eq!(verify(gateway, browser).await, 401);
    }
    assert_eq!(place.totals().await, Totals { people: 1, sessions: 1 });
    place.gateway.stop().await;
}

async fn signing_out_everywhere_else_keeps_this_browser_alone(stack: Stack) {
    let setup = Setup::on(&stack).clock(standing_clock());
    let place = Place::with(setup, &stack).await;
    let gateway = &place.gateway;
    let carol = gateway.standard("carol").await;
    let mut desk = gateway.signed_in(&carol).await;
    let mut others = [gateway.signed_in(&carol).await, gateway.signed_in(&carol).await];
    let mut stolen = desk.copy();
    gateway.later(Duration::from_secs(1800));
    let page = desk.get("/account").await.is(200);
    let began = place.sessions(&carol).await.iter().map(|session| session.created_at).min().unwrap();
    desk.submit(&page.form("/end-others")).await.is(303);
    desk.get("/account").await.is(200);
    assert_eq!(verify(gateway, &desk).await, 200);
    for browser in &mut others {
        browser.get("/account").await.is(303);
        assert_eq!(verify(gateway, browser).await, 401);
    }
    stolen.get("/account").await.is(303);
    let left = place.sessions(&carol).await;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].created_at, began, "no new lease of life");
    // Whoever was signed out cannot do the same in return.
    stolen.post("/account/sessions/end-others", &[]).await.is(303);
    desk.get("/account").await.is(200);
    // Its end is still its end.
    for _ in 0..47 {
        gateway.later(Duration::from_secs(1800));
        desk.get("/account").await;
    }
    desk.get("/account").await.is(303);
    place.gateway.stop().await;
}

async fn a_session_is_over_for_good_only_when_nothing_can_make_it_stand(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let carol = gateway.standard("carol").await.user;
    let (now, lifetimes) = (gateway.clock.now(), Lifetimes::default());
    let session = Session::begin(&SessionToken::generate(), &carol, None, &Origin::default(), now);
    let account = |session_epoch, status| User { session_epoch, status, ..carol.clone() };
    let judge = |session: &Session, user: &User, at| {
        (session.stands(user, &lifetimes, at), session.is_over(user, &lifetimes, at))
    };
    assert_eq!(judge(&session, &carol, now), (true, false));
    assert_eq!(judge(&session, &account(1, Status::Active), now), (false, true), "that epoch is past");
    assert_eq!(judge(&session, &account(-1, Status::Active), now), (false, false), "read before the sign-in");
    assert_eq!(judge(&session, &account(0, Status::Inactive), now), (false, false));
    let idle = now + lifetimes.idle;
    assert_eq!(judge(&session, &carol, idle), (false, true));

    let token = SessionToken::generate();
    let renewed = session.renewed(&token, 1, idle);
    assert!(renewed.has_key(&token.key) && !session.has_key(&token.key));
    assert_eq!(renewed.revocation(), session.revocation(), "what ends the one ends the other");
    let carol = account(1, Status::Active);
    assert_eq!(judge(&renewed, &carol, idle), (true, false));
    assert!(renewed.is_over(&carol, &lifetimes, now + lifetimes.standard), "no new lease of life");
    gateway.stop().await;
}

async fn a_86_nobody_elses_session_is_seen_or_ended(stack: Stack) {
    let place = Place::start(&stack).await;
    let gateway = &place.gateway;
    let (carol, mallory) = (gateway.standard("carol").await, gateway.standard("mallory").await);
    let mut hers = sign_in_with(gateway, &carol, FIREFOX).await;
    let mut his = gateway.signed_in(&mallory).await;
    let handle = place.sessions(&carol).await.remove(0).handle;
    let page = his.get("/account").await.is(200);
    assert!(!page.body.contains(&*handle) && !page.says("Firefox"));
    for wrong in [&handle, "x", "..", "%2e%2e", "end-others-too"] {
        his.post(&format!("/account/sessions/{wrong}/end"), &[]).await.is(404);
    }
    let id = carol.user.id;
    for action in [format!("{id}/{handle}/revoke"), format!("{id}/end"), "end".into()] {
        let fields = [("id", &*id.to_string())];
        his.post(&format!("/admin/sessions/{action}"), &fields).await.is(404);
    }
    his.get("/admin/sessions").await.is(404);
    gateway.browser().get("/admin/sessions").await.is(303);
    hers.get("/account").await.is(200);
    assert_eq!(gateway.count_events(Event::SessionEnded, None).await, 0);
    // Under one's own id another person's handle names nothing either.
    let boss = gateway.superuser("boss").await;
    let mut admin = gateway.signed_in(&boss).await;
    admin.post(&format!("/admin/sessions/{}/{handle}/revoke", mallory.user.id), &[("q", "")]).await.is(303);
    hers.get("/account").await.is(200);
    // A form from elsewhere ends nothing.
    let foreign =
        Ask::post(&format!("/admin/sessions/{id}/end"), &[]).header("origin", "https://evil.example");
    admin.send(foreign.header("sec-fetch-site", "cross-site")).await.is(403);
    hers.get("/account").await.is(200);
    place.gateway.stop().await;
}

async fn ones_own_session_is_not_ended_among_the_others(stack: Stack) {
    let place = Place::start(&stack).await;
    let gateway = &place.gateway;
    let boss = gateway.superuser("boss").await;
    let mut admin = gateway.signed_in(&boss).await;
    let own = place.sessions(&boss).await.remove(0).handle;
    let mut other = sign_in_with(gateway, &boss, IPHONE).await;
    let page = admin.get("/admin/sessions").await.is(200);
    assert!(page.says("This session 127.0.0.1") && page.says("My sessions"), "{}", page.text());
    let id = boss.user.id.to_string();
    assert!(!page.body.contains(&format!("/{own}/revoke")) && !page.body.contains(&format!("{id}/end\"")));
    for (action, fields) in [
        (format!("/admin/sessions/{id}/{own}/revoke"), vec![("q", "")]),
        (format!("/admin/sessions/{id}/end"), vec![("q", "")]),
        ("/admin/sessions/end".into(), vec![("id", id.as_str())]),
    ] {
        admin.post(&action, &fields).await.is(303);
        let page = admin.get("/admin/sessions").await.is(200);
        assert!(page.says("own"), "{}", page.text());
    }
    // Another session of one's own may go.
    admin.submit(&admin.clone().get("/admin/sessions").await.form("/revoke")).await.is(303);
    other.get("/account").await.is(303);
    admin.get("/admin/sessions").await.is(200);
    place.gateway.stop().await;
}

async fn what_no_longer_stands_is_not_shown_and_is_tidied_away(stack: Stack) {
    let setup = Setup::on(&stack).clock(standing_clock());
    let place = Place::with(setup, &stack).await;
    let gateway = &place.gateway;
    let boss = gateway.superuser("boss").await;
    let mut admin = gateway.signed_in(&boss).await;
    let (by, now) = (By::cli(), gateway.clock.now());
    let mut people = vec![];
    for name in ["epoch", "inactive", "revoked", "fine"] {
        people.push(gateway.standard(name).await);
        gateway.signed_in(people.last().unwrap()).await;
    }
    // What the database knows and the store has not been told.
    administration::sign_out(&gateway.db, &by, people[0].user.id, now).await.unwrap();
    administration::deactivate(&gateway.db, &by, people[1].user.id, now).await.unwrap();
    let session = place.sessions(&people[2]).await.remove(0);
    let lifetimes = &gateway.running.app.settings().lifetimes;
    administration::end_session(&gateway.db, &by, &session, lifetimes, now).await.unwrap();
    assert_eq!(place.totals().await, Totals { people: 5, sessions: 5 });
    let page = admin.get("/admin/sessions").await.is(200);
    for gone in ["epoch", "inactive", "revoked"] {
        assert!(!page.says(&format!("Name of {gone}")), "{gone}: {}", page.text());
    }
    assert!(page.says("Name of fine"));
    assert_eq!(place.totals().await, Totals { people: 2, sessions: 2 });
    assert!(admin.get("/admin/sessions").await.says("Active Sessions2"));
    assert_eq!(gateway.account(&people[1]).await.unwrap().status, Status::Inactive);
    // What was idle too long is gone by itself.
    gateway.later(Duration::from_secs(1800));
    admin.get("/admin/sessions").await.is(200);
    gateway.later(Duration::from_secs(1800));
    let page = admin.get("/admin/sessions").await.is(200);
    assert!(!page.says("Name of fine") && page.says("Active Users1"), "{}", page.text());
    place.gateway.stop().await;
}

async fn several_people_are_signed_out_with_a_report(stack: Stack) {
    let place = Place::start(&stack).await;
    let gateway = &place.gateway;
    let boss = gateway.superuser("boss").await;
    let mut admin = gateway.signed_in(&boss).await;
    let (ada, bob) = (gateway.standard("ada").await, gateway.standard("bob").await);
    let mut hers = [gateway.signed_in(&ada).await, gateway.signed_in(&ada).await];
    let mut his = gateway.signed_in(&bob).await;
    admin.post("/admin/sessions/end", &[]).await.is(303);
    assert!(admin.get("/admin/sessions").await.says("Select at least one person first."));
    let ids = [&ada, &bob, &boss].map(|person| person.user.id.to_string());
    let nobody = crate::harness::new_id().to_string();
    let fields: Vec<_> = ids.iter().chain([&nobody]).map(|id| ("id", id.as_str())).collect();
    admin.post("/admin/sessions/end", &[&fields[..], &[("q", "a b")]].concat()).await.is(303);
    let page = admin.get("/admin/sessions").await.is(200);
    for line in [
        "2 signed out, 2 not",
        "ada: 2 sessions ended",
        "bob: 1 session ended",
        "boss: not changed: this is your own account",
        "not changed: the account is gone",
    ] {
        assert!(page.says(line), "{line}: {}", page.text());
    }
    for browser in hers.iter_mut().chain([&mut his]) {
        browser.get("/account").await.is(303);
    }
    assert_eq!(place.totals().await, Totals { people: 1, sessions: 1 });
    admin.post("/admin/sessions/end", &[("id", "x")]).await.is(404);
    let ada = gateway.signed_in(&ada).await;
    admin.post("/admin/sessions/end", &[("id", ids[0].as_str()), ("id", "x")]).await.is(404);
    let many: Vec<_> = (0..201).map(|_| ("id", ids[0].as_str())).collect();
    admin.post("/admin/sessions/end", &many).await.is(413);
    ada.copy().get("/account").await.is(200);
    place.gateway.stop().await;
}

async fn pages_lead_through_everybody_who_is_online(stack: Stack) {
    let place = Place::start(&stack).await;
    let gateway = &place.gateway;
    let mut admin = gateway.signed_in(&gateway.superuser("boss").await).await;
    let mut expected = online(&place, "guest", 60).await;
    expected.push("boss".into());
    for q in ["", "e"] {
        let first = format!("/admin/sessions?q={q}");
        let mut met = vec![];
        let mut page = admin.get(&first).await.is(200);
        assert!(!page.body.contains("rel=\"prev\""));
        for size in [25, 25, 11] {
            let here = names(&page);
            assert_eq!(here.len(), size, "q={q}");
            met.push(here);
            if size == 25 {
                page = admin.get(&step(&page, "next")).await.is(200);
            }
        }
        assert!(!page.body.contains("rel=\"next\""));
        assert_eq!(met.concat(), expected, "q={q}");
        for size in [1, 0] {
            page = admin.get(&step(&page, "prev")).await.is(200);
            assert_eq!(names(&page), met[size], "back, q={q}");
        }
        assert!(!page.body.contains("rel=\"prev\""), "this is the first");
    }
    for broken in ["after=x", "after=1_", "before=_1", "after=99999999999999999999_x", "q=%00&after=1_1"] {
        admin.get(&format!("/admin/sessions?{broken}")).await.is(200);
    }
    place.gateway.stop().await;
}

async fn a_search_finds_those_who_are_online_only(stack: Stack) {
    let place = Place::start(&stack).await;
    let gateway = &place.gateway;
    let mut admin = gateway.signed_in(&gateway.superuser("boss").await).await;
    let ada = gateway.standard("ada").await;
    gateway.standard("adam").await;
    gateway.signed_in(&ada).await;
    let mut away = gateway.signed_in(&gateway.standard("adah").await).await;
    away.post("/logout", &[]).await.is(303);
    let found = async |admin: &mut Browser, q: &str| {
        names(&admin.get(&format!("/admin/sessions?q={q}")).await.is(200))
    };
    for q in ["ada", "ADA@people", "Name%20of%20ada", "%20ada%20"] {
        assert_eq!(found(&mut admin, q).await, ["ada"], "{q}");
    }
    assert_eq!(found(&mut admin, "127.0.0.1").await.len(), 2, "by the last address");
    assert_eq!(found(&mut admin, "a%25a").await, Vec::<String>::new());
    let page = admin.get("/admin/sessions?q=nobody").await.is(200);
    assert!(page.says("Nobody who is signed in matches “nobody”"), "{}", page.text());
    // What is done from a search leads back to it.
    let page = admin.get("/admin/sessions?q=ada").await.is(200);
    let end = page.form(&format!("{}/end", ada.user.id));
    assert_eq!(admin.submit(&end).await.is(303).location(), "/admin/sessions?q=ada");
    place.gateway.stop().await;
}

async fn what_one_ends_for_oneself_is_counted_no_more(stack: Stack) {
    let place = Place::start(&stack).await;
    let gateway = &place.gateway;
    let carol = gateway.standard("carol").await;
    gateway.signed_in(&carol).await;
    let mut desk = gateway.signed_in(&carol).await;
    let new = "Another good word 7!";
    desk.post("/account/password", &[("current_password", &carol.password), ("new_password", new)])
        .await
        .is(303);
    assert_eq!(place.totals().await, Totals { people: 1, sessions: 1 });
    desk.get("/account").await.is(200);
    desk.post("/account/sign-out-everywhere", &[]).await.is(303);
    assert_eq!(place.totals().await, Totals::default());
    place.gateway.stop().await;
}

async fn tidying_spares_what_began_after_the_change(stack: Stack) {
    let place = Place::start(&stack).await;
    let gateway = &place.gateway;
    let (boss, carol) = (gateway.superuser("boss").await, gateway.standard("carol").await);
    let mut admin = gateway.signed_in(&boss).await;
    gateway.signed_in(&carol).await;
    // In the epoch that the account has only after the change: as if somebody signed in right behind it.
    let app = &gateway.running.app;
    let token = SessionToken::generate();
    let begun = Session::begin(&token, &carol.user, None, &Origin::default(), gateway.clock.now());
    let begun = Session { epoch: carol.user.session_epoch + 1, ..begun };
    app.sessions.insert(token.id.digest(), &begun, &app.settings().lifetimes).await.unwrap();
    admin.post(&carol.admin_path("/sign-out"), &[]).await.is(303);
    let left: Vec<_> = place.sessions(&carol).await.into_iter().map(|session| session.handle).collect();
    assert_eq!(left, [begun.handle]);
    place.gateway.stop().await;
}

async fn a_revocation_outlives_the_session_however_lifetimes_change(stack: Stack) {
    let gateway = Gateway::start(&stack).await;
    let carol = gateway.standard("carol").await;
    let now = gateway.clock.now();
    let begin = || Session::begin(&SessionToken::generate(), &carol.user, None, &Origin::default(), now);
    let (own_way, others_way) = (begin(), begin());
    let hour = Duration::from_secs(3600);
    let short = Lifetimes { standard: hour, superuser: hour, ..Lifetimes::default() };
    let (by, origin) = (By::cli(), Origin::default());
    own::sign_out(&gateway.db, &carol.user, &own_way, &short, &origin, now).await.unwrap();
    administration::end_session(&gateway.db, &by, &others_way, &short, now).await.unwrap();
    // Administrators have raised the lifetimes to the longest there is.
    let mut tx = gateway.db.write().await.unwrap();
    revocations::purge(&mut tx, now + 30 * 24 * hour).await.unwrap();
    for session in [&own_way, &others_way] {
        assert!(users::find_for_session(&mut tx, session).await.unwrap().is_none());
    }
    revocations::purge(&mut tx, now + 30 * 24 * hour + hour).await.unwrap();
    assert!(users::find_for_session(&mut tx, &own_way).await.unwrap().is_some(), "not kept for ever");
    tx.commit().await.unwrap();
    gateway.stop().await;
}

async fn nobody_has_more_than_a_hundred_sessions(stack: Stack) {
    let place = Place::start(&stack).await;
    let gateway = &place.gateway;
    let (carol, dave) = (gateway.standard("carol").await, gateway.standard("dave").await);
    let mut oldest = gateway.signed_in(&carol).await;
    gateway.signed_in(&dave).await;
    let app = &gateway.running.app;
    for second in 1..=120 {
        let token = SessionToken::generate();
        let later = gateway.clock.now() + Duration::from_secs(second);
        let session = Session::begin(&token, &carol.user, None, &Origin::default(), later);
        app.sessions.insert(token.id.digest(), &session, &app.settings().lifetimes).await.unwrap();
    }
    oldest.get("/account").await.is(200);
    let mut newest = gateway.signed_in(&carol).await;
    newest.get("/account").await.is(200);
    oldest.get("/account").await.is(303);
    assert_eq!(place.sessions(&carol).await.len(), 100);
    assert_eq!(place.totals().await, Totals { people: 2, sessions: 101 });
    place.gateway.stop().await;
}

/// On PostgreSQL and Redis: what one instance ends, the other refuses at once.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_ended_on_one_instance_is_refused_on_the_other() {
    let stack = Stack::servers().await;
    let (setup, redis) = own_redis(Setup::on(&stack), &stack);
    let redis = redis.unwrap();
    let one = setup.with(WIKI).start().await;
    let settings = format!("{WIKI}\n[sessions]\nredis_url = '{}'", redis.url());
    let two = Setup::on(&stack).with(&settings).start().await;
    let (boss, carol) = (one.superuser("boss").await, one.standard("carol").await);
    let mut admin = two.signed_in(&boss).await;
    let mut browsers = vec![];
    for _ in 0..4 {
        browsers.push(one.signed_in(&carol).await);
    }
    // At once where it was ended, on the other when that has forgotten what it read a moment ago.
    let over = async |browser: &Browser| {
        assert_eq!(verify(&one, browser).await, 401);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(verify(&two, browser).await, 401);
    };
    for browser in &browsers {
        assert_eq!((verify(&one, browser).await, verify(&two, browser).await), (200, 200));
    }
    browsers[0].copy().post("/logout", &[]).await.is(303);
    over(&browsers[0]).await;
    let page = admin.get("/admin/sessions").await.is(200);
    assert!(page.says("3 sessions of carol"), "{}", page.text());
    admin.submit(&page.form("/revoke")).await.is(303);
    let left = browsers.len() - 2;
    let mut standing = vec![];
    for browser in &browsers {
        standing.extend((verify(&one, browser).await == 200).then_some(browser));
    }
    assert_eq!(standing.len(), left);
    // A lost store: everybody signs in again, and nothing is left over.
    let _: () = redis.run(&["FLUSHALL"]).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    for browser in &browsers {
        over(browser).await;
    }
    admin.get("/admin/sessions").await.is(303);
    let mut admin = one.signed_in(&boss).await;
    let again = two.signed_in(&carol).await;
    let page = admin.get("/admin/sessions").await.is(200);
    assert!(page.says("Active Users2") && page.says("1 session of carol"), "{}", page.text());
    admin.submit(&page.form(&format!("{}/end", carol.user.id))).await.is(303);
    over(&again).await;
    two.stop().await;
    one.stop().await;
}

/// So many people with a session each, the last seen first.
async fn online(place: &Place, name: &str, many: i64) -> Vec<String> {
    let gateway = &place.gateway;
    let app = &gateway.running.app;
    let now = gateway.clock.now();
    let mut names = vec![];
    for at in 0..many {
        let person = gateway.add(&format!("{name}{at}"), Tier::Standard).await;
        let signed_in = Time::from_micros(now.micros() + 60_000_000 - at * 1_000_000);
        let mut tx = gateway.db.write().await.unwrap();
        let noted = users::note_login(&mut tx, person.user.id, 0, signed_in, "192.0.2.1").await;
        assert!(noted.unwrap());
        tx.commit().await.unwrap();
        let token = SessionToken::generate();
        let session = Session::begin(&token, &person.user, None, &Origin::default(), signed_in);
        app.sessions.insert(token.id.digest(), &session, &app.settings().lifetimes).await.unwrap();
        names.push(person.username().to_owned());
    }
    names
}

/// Who is on the page, in order.
fn names(page: &Page) -> Vec<String> {
    let rows = page.body.split("<th class=\"who\" scope=\"row\">").skip(1);
    rows.map(|row| row.split('>').nth(1).unwrap().split('<').next().unwrap().to_owned()).collect()
}

/// Where a step through the pages leads.
fn step(page: &Page, rel: &str) -> String {
    let links = page.tags("a");
    let step = links.iter().find(|link| link.attribute("rel").as_deref() == Some(rel));
    step.and_then(|link| link.attribute("href")).unwrap_or_else(|| panic!("no {rel} on {}", page.url))
}
