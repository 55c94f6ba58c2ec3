//! One session behind many doors: our own proxy, a proxy that asks `/verify`, and our own pages.
use narthex::domain::user::{Status, Tier};
use url::Url;

use crate::harness::{Ask, Browser, Gateway, Person, Stack, Upstream, both_stacks, gateway::Setup};

both_stacks!(
    who_signs_in_once_is_in_at_every_door_and_out_at_every_door,
    a_37_the_wide_cookie_alone_opens_no_page_of_ours,
);

const AUTH: &str = "https://auth.example.test";
const NOTES: &str = "https://notes.apps.example.test/page";

/// `wiki` stands behind another proxy, everything under `apps` behind ours.
struct Doors {
    gateway: Gateway,
    notes: Upstream,
}

impl Doors {
    async fn start(stack: &Stack) -> Self {
        let notes = Upstream::start().await;
        let settings = format!(
            "public_url = '{AUTH}'\ntrusted_proxies = ['127.0.0.1']\n[sessions]\ncookie_domain = 'example.test'\n\
             [[upstream]]\nname = 'wiki'\nhost = 'wiki.example.test'\n[[upstream.rule]]\npath = '/'\ntier = 'any'\n\
             [[upstream]]\nname = 'apps'\nhost = '*.apps.example.test'\nurl = 'http://{}'\n\
             [[upstream.rule]]\npath = '/'\ntier = 'any'\n",
            notes.address
        );
        Self { gateway: Setup::on(stack).with(&settings).start().await, notes }
    }

    /// What another proxy is told about a request of this browser for the wiki.
    async fn verify(&self, browser: &Browser) -> u16 {
        let cookies = browser.cookies().header(&Url::parse("https://wiki.example.test/page").unwrap());
        let ask = Ask::get("/verify")
            .bare()
            .header("x-original-url", "https://wiki.example.test/page")
            .header("x-original-method", "GET")
            .header("cookie", &cookies.unwrap_or_default());
        self.gateway.browser().send(ask).await.status.as_u16()
    }

    /// The answers at both doors.
    async fn both(&self, browser: &mut Browser) -> (u16, u16) {
        let notes = browser.send(Ask::get(NOTES).bare().header("accept", "*/*")).await;
        (notes.status.as_u16(), self.verify(browser).await)
    }

    /// A browser that holds nothing but this person's wide cookie.
    async fn thief_of(&self, person: &Person) -> (Browser, Browser) {
        let browser = self.gateway.signed_in(person).await;
        let wide = browser.cookies().find("__Secure-narthex").unwrap().value.clone();
        let thief = self.gateway.browser();
        let ours = Url::parse(AUTH).unwrap();
        thief.change_cookies(|jar| jar.plant(&ours, "__Secure-narthex", &wide, Some("example.test")));
        (browser, thief)
    }
}

/// Turns to our own pages.
fn at_home(browser: &mut Browser) -> &mut Browser {
    browser.at = Url::parse(AUTH).unwrap();
    browser
}

async fn who_signs_in_once_is_in_at_every_door_and_out_at_every_door(stack: Stack) {
    let doors = Doors::start(&stack).await;
    let carol = doors.gateway.standard("carol").await;
    let (mut browser, mut other) =
        (doors.gateway.signed_in(&carol).await, doors.gateway.signed_in(&carol).await);
    assert_eq!(doors.both(&mut browser).await, (200, 200));
    assert_eq!(doors.notes.last().only("remote-user"), "carol");
    assert!(doors.notes.last().headers.get("cookie").is_none());
    at_home(&mut browser).get("/account").await.is(200);
    let copied = browser.copy();
    browser.post("/logout", &[]).await.is(303);
    let reached = doors.notes.requests().len();
    for mut gone in [browser, copied] {
        assert_eq!(doors.both(&mut gone).await, (401, 401));
        let page = at_home(&mut gone).get("/account").await.is(303);
        assert!(page.location().starts_with("/login"), "{}", page.location());
    }
    assert_eq!(doors.notes.requests().len(), reached, "nothing reaches the application");
    assert_eq!(doors.both(&mut other).await, (200, 200), "the other session goes on");
    doors.gateway.stop().await;
}

async fn a_37_the_wide_cookie_alone_opens_no_page_of_ours(stack: Stack) {
    let doors = Doors::start(&stack).await;
    let (boss, carol) = (doors.gateway.superuser("boss").await, doors.gateway.standard("carol").await);
    let (mut browser, mut thief) = doors.thief_of(&boss).await;
    assert_eq!(doors.both(&mut thief).await, (200, 200));
    at_home(&mut thief);
    for path in
        ["/account", "/account/password", "/admin", "/admin/users", "/admin/settings", &carol.admin_path("")]
    {
        let page = thief.get(path).await;
        assert_eq!((page.status.as_u16(), page.location().starts_with("/login")), (303, true), "{path}");
    }
    thief.send(Ask::get("/account").json()).await.is(401);
    let password =
        [("current_password", boss.password.as_str()), ("new_password", "an-otter-of-somebody-else")];
    for (path, fields) in [
        ("/account/password", &password[..]),
        ("/account/sign-out-everywhere", &[]),
        ("/account/sessions/end-others", &[]),
        (&carol.admin_path("/deactivate"), &[]),
        (&carol.admin_path("/tier"), &[("tier", "superuser")]),
    ] {
        let page = thief.post(path, fields).await;
        assert_eq!((page.status.as_u16(), page.location().starts_with("/login")), (303, true), "{path}");
    }
    let before = doors.gateway.account(&boss).await.unwrap().session_epoch;
    let carol = doors.gateway.account(&carol).await.unwrap();
    assert_eq!((carol.status, carol.tier), (Status::Active, Tier::Standard));
    thief.copy().post("/logout", &[]).await.is(303);
    assert_eq!(doors.gateway.account(&boss).await.unwrap().session_epoch, before);
    browser.get("/admin/users").await.is(200);
    assert_eq!(doors.both(&mut browser).await, (200, 200), "nobody was signed out");
    doors.gateway.stop().await;
}
