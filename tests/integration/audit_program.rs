//! The audit log at the command line, and after the program was ended by force.
use std::{
    collections::BTreeSet,
    fs,
    net::SocketAddr,
    os::unix::fs::PermissionsExt as _,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::Value;
use url::Url;

use crate::{
    cli::{Place, Serving},
    harness::{Ask, Browser, PASSWORD, Stack, both_stacks, free_port},
};

both_stacks!(
    the_log_is_verified_and_copied_at_the_command_line,
    a_kill_in_the_middle_of_many_writes_loses_nothing_that_was_answered,
    a_83_the_log_of_the_program_has_one_line_an_event_and_no_secret,
);

/// Hashes so cheap that they are not what takes time, no limit for the one address that everybody has, and a log
/// for machines.
fn settings(port: u16) -> String {
    let cheap = "[password]\nmemory_kib = 64\niterations = 1\n[login]\naddress_failures = 100000\n[log]\nformat = 'json'\n";
    format!("public_url = 'http://127.0.0.1:{port}'\n{cheap}")
}

fn browser(port: u16) -> Browser {
    let home = Url::parse(&format!("http://127.0.0.1:{port}/")).unwrap();
    Browser::new(&home, SocketAddr::from(([127, 0, 0, 1], port)))
}

fn add_boss(place: &Place<'_>) {
    let boss = [
        "user",
        "add",
        "--superuser",
        "--username",
        "boss",
        "--email",
        "boss@example.com",
        "--password-stdin",
    ];
    place.run_with(&boss, &format!("{PASSWORD}\n")).is(0);
}

/// Waits until the server has sealed everything, and answers with what `audit verify` says then.
fn verified(place: &Place<'_>) -> Value {
    let begun = Instant::now();
    loop {
        let answer = place.run(&["audit", "verify", "--json"]).is(0).json();
        if answer["waiting"] == 0 && answer["entries"] != 0 {
            return answer;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{answer}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

async fn up(port: u16) {
    for _ in 0..200 {
        if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the server does not come up");
}

async fn the_log_is_verified_and_copied_at_the_command_line(stack: Stack) {
    let port = free_port();
    let place = Place::new(&stack, &settings(port));
    place.run(&["audit", "head"]).is(1);
    add_boss(&place);
    let waiting = place.run(&["audit", "verify"]).is(0);
    assert!(waiting.out.contains("1 wait to be sealed"), "{}", waiting.out);
    assert!(
        waiting.out.contains("it cannot be excluded that entries were removed at the end"),
        "{}",
        waiting.out
    );
    let serving = place.serve(port);
    up(port).await;
    let answer = verified(&place);
    assert_eq!((&answer["ok"], &answer["entries"]), (&true.into(), &1.into()));
    let head = place.run(&["audit", "head"]).is(0).out;
    assert!(head.starts_with("1:") && head.len() == 45, "{head}");
    assert_eq!(place.run(&["audit", "head", "--json"]).is(0).json()["head"], head.as_str());
    for _ in 0..50 {
        if stack.folder().join("audit.head").exists() {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(fs::read_to_string(stack.folder().join("audit.head")).unwrap(), format!("{head}\n"));
    assert_eq!(verified(&place)["end_compared"], true);
    assert_eq!(serving.told("-TERM"), Some(0));

    place.run(&["audit", "verify", "--head", &head]).is(0);
    fs::write(stack.folder().join("elsewhere"), format!("{head}\n")).unwrap();
    place.run(&["audit", "verify", "--head", "elsewhere"]).is(0);
    let longer =
        place.run(&["audit", "verify", "--head", &head.replacen("1:", "9:", 1), "--json"]).is(1).json();
    assert_eq!((&longer["ok"], &longer["faults"][0]["position"]), (&false.into(), &9.into()));
    let nonsense = place.run(&["audit", "verify", "--head", "nonsense"]).is(1);
    assert!(nonsense.err.contains("a head of the chain is written position:mac"), "{}", nonsense.err);
    place.run(&["audit", "verify", "--no-such-thing"]).is(2);

    let copy = place.run(&["audit", "export"]).is(0).out;
    let entry: Value = serde_json::from_str(&copy).unwrap();
    assert_eq!(entry["event"], "account.activated");
    let csv =
        place.run(&["audit", "export", "--format", "csv", "--target", "boss", "--output", "log.csv"]).is(0);
    assert_eq!(csv.out, "");
    let mode = fs::metadata(stack.folder().join("log.csv")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "nobody else's");
    assert!(fs::read_to_string(stack.folder().join("log.csv")).unwrap().contains("account.activated"));
    place.run(&["audit", "export", "--output", "log.csv"]).is(1);
    place.run(&["audit", "export", "--actor", "nobody"]).is(1);
    let exports = place.run(&["audit", "export", "--event", "audit.exported"]).is(0).out;
    assert_eq!(exports.lines().count(), 2, "each was recorded, the refused ones were none: {exports}");
}

async fn a_kill_in_the_middle_of_many_writes_loses_nothing_that_was_answered(stack: Stack) {
    const WRITES: usize = 1000;
    let port = free_port();
    let place = Place::new(&stack, &settings(port));
    add_boss(&place);
    let mut serving = place.serve(port);
    up(port).await;
    let (next, done) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (next, done) = (next.clone(), done.clone());
        writers.spawn(async move {
            let mut answered = vec![];
            loop {
                let n = next.fetch_add(1, Ordering::SeqCst);
                if n >= WRITES {
                    return answered;
                }
                let agent = format!("writer {n}.");
                let ask = Ask::post("/login", &[("login", "boss"), ("password", "wrong")])
                    .header("user-agent", &agent);
                let mut browser = browser(port);
                // Whoever was connecting while it died learns nothing.
                let sent = tokio::spawn(async move { browser.attempt(ask).await }).await;
                match sent {
                    Ok(Some(page)) if page.status == 401 => answered.push(agent),
                    _ => return answered,
                }
                done.fetch_add(1, Ordering::SeqCst);
            }
        });
    }
    while done.load(Ordering::SeqCst) < WRITES / 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    serving.child.kill().unwrap();
    serving.child.wait().unwrap();
    let answered: BTreeSet<_> = writers.join_all().await.into_iter().flatten().collect();
    assert!((WRITES / 2..WRITES).contains(&answered.len()), "in the middle: {}", answered.len());

    let mut again = place.serve(port);
    up(port).await;
    let answer = verified(&place);
    assert_eq!((&answer["ok"], &answer["faults"]), (&true.into(), &Value::Array(vec![])));
    assert!(answer["entries"].as_u64().unwrap() > answered.len() as u64);
    let copy = place.run(&["audit", "export", "--event", "login.failed"]).is(0).out;
    let missing: Vec<_> = answered.iter().filter(|agent| !copy.contains(agent.as_str())).collect();
    assert!(missing.is_empty(), "answered and not recorded: {missing:?}");
    again.child.kill().unwrap();
}

async fn a_83_the_log_of_the_program_has_one_line_an_event_and_no_secret(stack: Stack) {
    let port = free_port();
    let place = Place::new(&stack, &settings(port));
    add_boss(&place);
    let mut serving = place.serve(port);
    up(port).await;
    let mut boss = browser(port);
    let login = boss.post("/login", &[("login", "boss"), ("password", PASSWORD), ("rd", "")]).await.is(303);
    let cookie = login.header("set-cookie").split(';').next().unwrap().split_once('=').unwrap().1.to_owned();
    boss.get("/admin/audit/export?format=jsonl&actor=boss").await.is(200);
    boss.post("/admin/audit/verify", &[]).await.is(303);
    let forged = "x\"}\n{\"level\":\"ERROR\",\"message\":\"forged\"}";
    boss.post("/login", &[("login", forged), ("password", "hunter2-hunter2")]).await;
    boss.send(
        Ask::get("/admin/audit?actor=%0a%7B%22level%22:%22ERROR%22%7D").header("user-agent", "a\tb{\"x\":1}"),
    )
    .await;
    boss.get("/%0a%7B%22message%22:%22forged%22%7D").await.is(404);
    verified(&place);
    let head = place.run(&["audit", "head"]).is(0).out;
    let child = serving.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &child]).status().unwrap().success());
    let log = Serving::errors(&mut serving);
    let lines: Vec<Value> =
        log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect();
    assert!(lines.iter().any(|line| line["message"] == "the audit log is sealed up to here"), "{log}");
    assert!(lines.iter().all(|line| line["message"] != "forged"), "{log}");
    for secret in [PASSWORD, "hunter2-hunter2", &cookie] {
        assert!(!log.contains(secret), "a secret in the log");
    }
    // It is logged once a minute: here when the first entry was sealed.
    let named = lines.iter().find_map(|line| line["head"].as_str()).unwrap();
    place.run(&["audit", "verify", "--head", named]).is(0);
    let other = format!("{}:{}", named.split(':').next().unwrap(), head.split(':').nth(1).unwrap());
    place.run(&["audit", "verify", "--head", &other]).is(1);
}
