//! A thousand revocations while everybody clicks, on two instances beside one PostgreSQL and one Redis: what was
//! taken away counts at once where that happened, and within a second on the other instance.
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use narthex::{
    domain::{
        audit::Origin,
        language::Language,
        session::{Session, SessionToken},
        user::{DisplayName, Email, Source, Status, Tier, UserId, Username},
    },
    store::users::{self, NewUser},
};

use crate::harness::{Browser, Gateway, Stack, gateway::Setup, new_id};

const PEOPLE: usize = 1000;
/// What `cache_ttl` promises.
const BOUND: Duration = Duration::from_secs(1);

const SETTINGS: &str = "public_url = 'https://auth.example.test'\ntrusted_proxies = ['127.0.0.1']\n\
    [sessions]\ncookie_domain = 'example.test'\n\
    [[upstream]]\nname = 'wiki'\nhost = 'wiki.example.test'\n\
    [[upstream.rule]]\npath = '/'\ntier = 'standard'\n";

/// Somebody who clicks until nobody lets them in.
struct Visitor {
    user: UserId,
    handle: String,
    cookie: String,
    /// Set when the answer that they are out has come.
    out: std::sync::OnceLock<(usize, Instant)>,
}

#[derive(Default)]
struct Seen {
    end: AtomicBool,
    allowed: AtomicUsize,
    refused: AtomicUsize,
    /// Requests that were let in too late.
    late: std::sync::Mutex<Vec<String>>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_77_f_14_a_thousand_revocations_hold_on_both_instances_within_a_second() {
    let stack = Stack::servers().await;
    let gates = Arc::new([Setup::on(&stack).with(SETTINGS).start().await, start_beside(&stack).await]);
    let boss = gates[0].superuser("boss").await;
    let mut admins = [gates[0].signed_in(&boss).await, gates[1].signed_in(&boss).await];
    let visitors = Arc::new(visitors(&gates[0]).await);
    let seen = Arc::new(Seen::default());

    let mut clicks = tokio::task::JoinSet::new();
    for task in 0..4 {
        clicks.spawn(click(Arc::clone(&gates), Arc::clone(&visitors), Arc::clone(&seen), task));
    }
    for (number, visitor) in visitors.iter().enumerate() {
        // One after the other: what an instance itself takes away makes it read everything anew.
        let instance = number * 2 / PEOPLE;
        revoke(&mut admins[instance], visitor, number).await;
        visitor.out.set((instance, Instant::now())).unwrap();
        if number % 10 == 0 {
            let answer = ask(&client(), &gates[instance], visitor).await;
            assert_eq!(answer, StatusCode::UNAUTHORIZED, "at once where it happened");
        }
    }
    tokio::time::sleep(BOUND).await;
    for visitor in visitors.iter() {
        for gate in gates.iter() {
            assert_eq!(ask(&client(), gate, visitor).await, StatusCode::UNAUTHORIZED);
        }
    }
    seen.end.store(true, Ordering::SeqCst);
    clicks.join_all().await;
    let late = std::mem::take(&mut *seen.late.lock().unwrap());
    assert!(late.is_empty(), "{} let in too late: {:?}", late.len(), &late[..late.len().min(5)]);
    let (allowed, refused) = (seen.allowed.load(Ordering::SeqCst), seen.refused.load(Ordering::SeqCst));
    assert!(allowed > PEOPLE && refused > PEOPLE, "there was load: {allowed} let in, {refused} refused");
    clicks_are_over(gates).await;
}

async fn start_beside(stack: &Stack) -> Gateway {
    Setup::on(stack).with(SETTINGS).start().await
}

async fn clicks_are_over(gates: Arc<[Gateway; 2]>) {
    let gates = Arc::try_unwrap(gates).unwrap_or_else(|_| panic!("somebody still clicks"));
    for gate in gates {
        gate.stop().await;
    }
}

/// People with a session each, written past the sign-in form, which would take minutes.
async fn visitors(gateway: &Gateway) -> Vec<Visitor> {
    let app = &gateway.running.app;
    let (now, lifetimes) = (app.clock.now(), app.settings().lifetimes);
    let mut visitors = vec![];
    let mut tx = app.db.write().await.unwrap();
    for number in 0..PEOPLE {
        let id = UserId(new_id());
        let new = NewUser {
            id,
            number: 10_000 + i64::try_from(number).unwrap(),
            username: &Username::parse(&format!("visitor{number}")).unwrap(),
            email: &Email::parse(&format!("visitor{number}@people.example")).unwrap(),
            email_trusted: true,
            display_name: &DisplayName::parse("Visitor").unwrap(),
            status: Status::Active,
            tier: Tier::Standard,
            source: Source::Local,
            password_hash: None,
            reason: None,
            language: Language::En,
            registered_at: now,
        };
        assert!(users::insert(&mut tx, &new).await.unwrap());
        let user = users::find(&mut tx, id).await.unwrap().unwrap();
        let token = SessionToken::generate();
        let session = Session::begin(&token, &user, None, &Origin::default(), now);
        app.sessions.insert(token.id.digest(), &session, &lifetimes).await.unwrap();
        let cookie = format!("__Secure-narthex={}", token.id.expose());
        visitors.push(Visitor {
            user: id,
            handle: session.handle.into(),
            cookie,
            out: std::sync::OnceLock::new(),
        });
    }
    tx.commit().await.unwrap();
    visitors
}

/// By turns, every way to be put out.
async fn revoke(admin: &mut Browser, visitor: &Visitor, number: usize) {
    let Visitor { user, handle, .. } = visitor;
    let (path, fields) = match number % 4 {
        0 => (format!("/admin/users/{user}/deactivate"), &[][..]),
        1 => (format!("/admin/users/{user}/sign-out"), &[][..]),
        2 => (format!("/admin/users/{user}/tier"), &[("tier", "superuser")][..]),
        _ => (format!("/admin/sessions/{user}/{handle}/revoke"), &[][..]),
    };
    admin.post(&path, fields).await.is(303);
}

type Http = Client<HttpConnector, Full<Bytes>>;

fn client() -> Http {
    Client::builder(TokioExecutor::new()).build_http()
}

async fn ask(http: &Http, gate: &Gateway, visitor: &Visitor) -> StatusCode {
    let request = Request::get(format!("http://{}/verify", gate.address))
        .header("x-original-url", "https://wiki.example.test/page")
        .header("x-original-method", "GET")
        .header("cookie", &visitor.cookie)
        .body(Full::default())
        .unwrap();
    let answer = http.request(request).await.unwrap();
    let status = answer.status();
    answer.into_body().collect().await.unwrap();
    status
}

/// One request after the other, of everybody in turn, at either instance.
async fn click(gates: Arc<[Gateway; 2]>, visitors: Arc<Vec<Visitor>>, seen: Arc<Seen>, task: usize) {
    let http = client();
    let mut number = task * 251;
    while !seen.end.load(Ordering::SeqCst) {
        number += 1;
        let (visitor, instance) = (&visitors[number % visitors.len()], number / 7 % 2);
        let begun = Instant::now();
        match ask(&http, &gates[instance], visitor).await {
            StatusCode::OK => {
                seen.allowed.fetch_add(1, Ordering::SeqCst);
                let Some((at, out)) = visitor.out.get() else { continue };
                let within = if *at == instance { Duration::ZERO } else { BOUND };
                if begun > *out + within {
                    let late = begun.duration_since(*out);
                    seen.late.lock().unwrap().push(format!("at {instance}, put out at {at}, {late:?} later"));
                }
            }
            StatusCode::UNAUTHORIZED => drop(seen.refused.fetch_add(1, Ordering::SeqCst)),
            other => panic!("{other}"),
        }
    }
}
