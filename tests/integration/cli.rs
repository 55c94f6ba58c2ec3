//! The program itself, as an operator runs it.
use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::SocketAddr,
    path::Path,
    process::{Child, ChildStdout, Command, Output, Stdio},
};

use narthex::{
    clock::Clock,
    domain::user::Username,
    store::{Db, users},
};
use serde_json::Value;
use url::Url;

use crate::harness::{
    Browser, Gateway, Idp, PASSWORD, Stack, both_stacks, free_port, gateway::sign_in, raw, raw_status,
    servers::OwnRedis,
};

both_stacks!(
    accounts_are_made_and_changed_at_the_command_line,
    sessions_are_listed_and_revoked_at_the_command_line,
    the_gates_answer_is_explained_rule_by_rule,
    serve_prints_the_setup_link_and_ends_in_order,
    two_that_start_at_once_on_an_empty_database_both_serve,
    another_master_key_stops_the_start,
    check_changes_nothing_and_says_what_is_wrong,
    check_says_that_redis_may_not_count,
    check_names_what_has_to_be_registered_at_a_provider,
);

/// A folder with a config file, in which the program runs.
pub(crate) struct Place<'a>(&'a Stack);

impl<'a> Place<'a> {
    pub(crate) fn new(stack: &'a Stack, more: &str) -> Self {
        let mut config = stack.config();
        let more: toml::Table = more.parse().unwrap();
        config.extend(more);
        fs::write(stack.folder().join("narthex.toml"), config.to_string()).unwrap();
        Self(stack)
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Answer {
        self.run_with(arguments, "")
    }

    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Answer {
        let mut child = program(self.0.folder(), arguments).stdin(Stdio::piped()).spawn().unwrap();
        // The program may end without reading.
        let _unread = child.stdin.take().unwrap().write_all(input.as_bytes());
        Answer::from(child.wait_with_output().unwrap())
    }

    pub(crate) fn serve(&self, port: u16) -> Serving {
        let listen = format!("127.0.0.1:{port}");
        let mut command = program(self.0.folder(), &["serve"]);
        Serving::start(command.env("NARTHEX_LISTEN", listen))
    }
}

fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_narthex"));
    command.args(arguments).current_dir(folder).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What the program said, and how it ended.
pub(crate) struct Answer {
    code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Answer {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().trim().to_owned();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Answer {
    pub(crate) fn is(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "out: {}\nerr: {}", self.out, self.err);
        self
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("no JSON: {}", self.out))
    }
}

/// A program that runs until it is told to end; ended by force when the test fails before.
pub(crate) struct Serving {
    pub(crate) child: Child,
    out: BufReader<ChildStdout>,
}

impl Serving {
    fn start(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Self { child, out }
    }

    /// The first line that has these words.
    pub(crate) fn line_with(&mut self, words: &str) -> String {
        let mut line = String::new();
        while self.out.read_line(&mut line).unwrap() > 0 {
            if line.contains(words) {
                return line.trim().to_owned();
            }
            line.clear();
        }
        panic!("the program ended without saying “{words}”: {}", self.errors());
    }

    /// Tells it to end, and how it did.
    pub(crate) fn told(mut self, signal: &str) -> Option<i32> {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        self.child.wait().unwrap().code()
    }

    pub(crate) fn errors(&mut self) -> String {
        let mut errors = String::new();
        let _best_effort = self.child.stderr.take().unwrap().read_to_string(&mut errors);
        errors
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _reaped_already = self.child.wait();
    }
}

async fn accounts_are_made_and_changed_at_the_command_line(stack: Stack) {
    let place = Place::new(&stack, "");
    let add = |name: &str, more: &[&str]| {
        let email = format!("{name}@example.com");
        let arguments = [&["user", "add", "--username", name, "--email", &email][..], more].concat();
        place.run_with(&arguments, &format!("{PASSWORD}\n"))
    };
    let generated = add("ada", &["--superuser", "--generate"]).is(0);
    assert_eq!(generated.out.len(), 23, "the password and nothing else: {}", generated.out);
    assert_eq!(generated.err, "");
    let grace = add("grace", &["--password-stdin", "--display-name", "Grace Hopper", "--json"]).is(0).json();
    assert_eq!(grace["display_name"], "Grace Hopper");
    assert_eq!((&grace["tier"], &grace["status"]), (&"standard".into(), &"active".into()));
    assert!(grace.get("password").is_none());

    let taken = add("Ada", &["--generate"]).is(1);
    assert_eq!(
        (taken.out.as_str(), taken.err.as_str()),
        ("", "narthex: another account has this email address")
    );
    let arguments = ["user", "add", "--username", "x", "--email", "x@example.com", "--password-stdin"];
    let weak = place.run_with(&arguments, "short\n").is(1);
    assert_eq!(weak.err, "narthex: the password has fewer than 15 characters; choose another");
    add("b@d", &["--generate"]).is(2);
    place.run(&["user", "add", "--username", "x", "--email", "x@example.com"]).is(2);
    place.run(&["user", "promote"]).is(2);

    let last = place.run(&["user", "demote", "ada"]).is(1);
    assert_eq!(last.err, "narthex: ada is the last active superuser; make another user a superuser first");
    place.run(&["user", "deactivate", "ada@example.com"]).is(1);
    let number = grace["number"].to_string();
    assert_eq!(
        place.run(&["user", "promote", &number]).is(0).out,
        format!("grace (number {number}) is a superuser")
    );
    place.run(&["user", "demote", "ada"]).is(0);
    place.run(&["user", "deactivate", "ada@example.com"]).is(0);
    let again = place.run(&["user", "deactivate", "ada", "--json"]).is(1).json();
    assert_eq!(again["error"], "ada is inactive already");
    place.run(&["user", "activate", "ada"]).is(0);
    let unknown = place.run(&["user", "activate", "nobody"]).is(1);
    assert_eq!(unknown.err, "narthex: there is no account nobody; `narthex user list` shows all");
    let reset = place.run(&["user", "set-password", "ada", "--generate"]).is(0);
    assert_ne!(reset.out, generated.out);
    let db = Db::connect(stack.database_url()).await.unwrap();
    let ada = async || {
        let name = Username::parse("ada").unwrap();
        users::find_by_username(&mut db.read().await.unwrap(), &name).await.unwrap().unwrap()
    };
    let one_time = ada().await;
    assert!(one_time.must_change_password, "nobody keeps a password that was made up for them");
    let left = one_time.password_expires_at.since(one_time.password_changed_at);
    assert_eq!(left, std::time::Duration::from_secs(86_400));
    place.run_with(&["user", "set-password", "ada", "--password-stdin"], PASSWORD).is(0);
    let lasting = ada().await;
    assert!(!lasting.must_change_password && lasting.password_expires_at.happened().is_none());
    db.close().await;

    let list = place.run(&["user", "list", "--json"]).is(0).json();
    let people: Vec<_> =
        list.as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap()).collect();
    assert_eq!(people, ["ada", "grace"]);
    let table = place.run(&["user", "list", "--status", "active"]).is(0).out;
    assert!(
        table.lines().next().unwrap().starts_with("ID  USERNAME") && table.lines().count() == 3,
        "{table}"
    );
    assert_eq!(place.run(&["user", "list", "--status", "pending", "--json"]).is(0).out, "[]");
}

async fn sessions_are_listed_and_revoked_at_the_command_line(stack: Stack) {
    let shared = stack.config().contains_key("sessions");
    let place = Place::new(&stack, "");
    let gateway = Gateway::start(&stack).await;
    let (carol, dave) = (gateway.standard("carol").await, gateway.standard("dave").await);
    let mut desk = gateway.signed_in(&carol).await;
    let mut phone = gateway.signed_in(&carol).await;
    let mut other = gateway.signed_in(&dave).await;
    if shared {
        let list = place.run(&["session", "list", "carol", "--json"]).is(0).json();
        assert_eq!(list.as_array().unwrap().len(), 2);
        assert_eq!((&list[0]["address"], &list[0]["provider"]), (&"127.0.0.1".into(), &Value::Null));
        let table = place.run(&["session", "list", "carol@people.example"]).is(0).out;
        assert!(table.starts_with("HANDLE") && table.lines().count() == 3, "{table}");
        let handle = list[0]["handle"].as_str().unwrap();
        let foreign = place.run(&["session", "revoke", "dave", "--session", handle]).is(1);
        assert!(foreign.err.contains("dave has no session"), "{}", foreign.err);
        place.run(&["session", "revoke", "carol", "--session", handle]).is(0);
        phone.get("/account").await.is(303);
        desk.get("/account").await.is(200);
        place.run(&["session", "revoke", "carol", "--session", handle]).is(1);
    } else {
        for command in [&["session", "list", "carol"][..], &["session", "revoke", "carol", "--session", "-x"]]
        {
            let answer = place.run(command).is(1);
            assert!(answer.err.contains("the sessions are in the running server"), "{}", answer.err);
        }
    }
    let revoked = place.run(&["session", "revoke", "carol", "--json"]).is(0).json();
    assert_eq!((&revoked["user"], &revoked["session"]), (&"carol".into(), &Value::Null));
    desk.get("/account").await.is(303);
    phone.get("/account").await.is(303);
    other.get("/account").await.is(200);
    if shared {
        assert_eq!(place.run(&["session", "list", "carol", "--json"]).is(0).out, "[]");
    }
    place.run(&["session", "revoke", "nobody"]).is(1);
    gateway.stop().await;
}

async fn serve_prints_the_setup_link_and_ends_in_order(stack: Stack) {
    let place = Place::new(&stack, "");
    let port = free_port();
    let mut serving = place.serve(port);
    let link = Url::parse(&serving.line_with("/setup?token=")).unwrap();
    assert_eq!(link.port(), Some(port));
    let mut browser = Browser::new(&link, SocketAddr::from(([127, 0, 0, 1], port)));
    browser.get(link.as_str()).await.is(200);
    browser.get("/livez").await.is(200);
    browser.get("/readyz").await.is(200);
    let large = format!(
        "GET /livez HTTP/1.1\r\nHost: {}\r\nX-Large: {}\r\n\r\n",
        link.authority(),
        "x".repeat(40_000)
    );
    assert_eq!(raw_status(&raw(SocketAddr::from(([127, 0, 0, 1], port)), large.as_bytes())), 431);
    assert_eq!(serving.told("-TERM"), Some(0));

    let mut again = place.serve(port);
    assert_eq!(again.line_with("/setup?token="), link.as_str(), "every start prints the same link");
    assert_eq!(again.told("-INT"), Some(0));
}

async fn two_that_start_at_once_on_an_empty_database_both_serve(stack: Stack) {
    let place = Place::new(&stack, "");
    let (mut one, mut two) = (place.serve(free_port()), place.serve(free_port()));
    let token = |line: String| line.split_once("token=").unwrap().1.to_owned();
    assert_eq!(token(one.line_with("/setup?token=")), token(two.line_with("/setup?token=")));
    assert_eq!((one.told("-TERM"), two.told("-TERM")), (Some(0), Some(0)));
}

async fn another_master_key_stops_the_start(stack: Stack) {
    let place = Place::new(&stack, "");
    let mut serving = place.serve(free_port());
    serving.line_with("/setup?token=");
    serving.told("-TERM");
    let another = narthex::domain::secret::MasterKey::generate();
    fs::write(stack.folder().join("master.key"), another.to_text().as_bytes()).unwrap();
    let words = "this database belongs to another master key; give every instance the same file";
    assert_eq!(place.run(&["serve"]).is(1).err.lines().last(), Some(format!("narthex: {words}").as_str()));
    let checked = place.run(&["check"]).is(1).out;
    assert!(
        checked.lines().any(|line| line.starts_with("WRONG  master key") && line.ends_with(words)),
        "{checked}"
    );
}

async fn check_changes_nothing_and_says_what_is_wrong(stack: Stack) {
    let place = Place::new(&stack, "");
    let before = files(stack.folder());
    let fresh = place.run(&["check", "--json"]).is(0).json();
    assert_eq!(fresh["ok"], true);
    assert_eq!(files(stack.folder()), before, "nothing was made");
    place.run(&["migrate"]).is(0);
    let again = place.run(&["migrate", "--json"]).is(0).json();
    assert_eq!(again["new"], 0);

    let gone = "[[provider]]\nname = 'corp'\nissuer = 'http://127.0.0.1:1'\nclient_id = 'n'\nclient_auth = 'none'\n\
                [[upstream]]\nname = 'wiki'\nhost = '127.0.0.1:2'\n[[upstream.rule]]\npath = '/'\ntier = 'any'\n";
    Place::new(&stack, gone);
    let mut command = program(stack.folder(), &["check"]);
    let command = command.env("NARTHEX_SESSIONS__STORE", "redis");
    let command = command.env("NARTHEX_SESSIONS__REDIS_URL", "redis://:hunter2@127.0.0.1:1");
    let answer = Answer::from(command.output().unwrap()).is(1);
    let wrong: Vec<_> = answer.out.lines().filter(|line| line.starts_with("WRONG")).collect();
    let expected = [
        "WRONG  configuration  upstream \"wiki\" has no url, so another proxy must ask /verify, but trusted_proxies is empty",
        "WRONG  sessions       Redis at redis://:***@127.0.0.1:1 does not answer; see that it runs and that `redis_url` in",
        "WRONG  provider corp  provider `corp`: ",
    ];
    assert_eq!(wrong.len(), expected.len(), "{}", answer.out);
    for (line, start) in wrong.iter().zip(expected) {
        assert!(line.starts_with(start), "{line}");
    }
    assert!(!answer.out.contains("hunter2"));
}

async fn check_names_what_has_to_be_registered_at_a_provider(stack: Stack) {
    let idp = Idp::start(&Clock::System).await;
    let public = "public_url = 'http://127.0.0.1:8080'\n";
    for (more, again) in [
        ("", "nobody is asked about again"),
        ("revalidate = '15m'", "it is asked again about people every 900 s"),
    ] {
        let place = Place::new(&stack, &format!("{public}{}", idp.config("corp", more)));
        let out = place.run(&["check"]).is(0).out;
        let line = out.lines().find(|line| line.starts_with("ok     provider corp")).unwrap();
        for part in [
            "redirect URI for us must be http://127.0.0.1:8080/oidc/corp/callback",
            "post-logout redirect URI http://127.0.0.1:8080/signed-out",
            "back-channel logout URI http://127.0.0.1:8080/oidc/corp/backchannel-logout",
            again,
        ] {
            assert!(line.contains(part), "{line}");
        }
    }
}

async fn check_says_that_redis_may_not_count(stack: Stack) {
    let redis = OwnRedis::start();
    Place::new(&stack, "");
    let check = || {
        let mut command = program(stack.folder(), &["check"]);
        let command = command.env("NARTHEX_SESSIONS__STORE", "redis");
        Answer::from(command.env("NARTHEX_SESSIONS__REDIS_URL", redis.url()).output().unwrap())
    };
    assert!(check().is(0).out.contains("answers and counts"));
    let left: Vec<String> = redis.run(&["KEYS", "*"]).await;
    assert_eq!(left, Vec::<String>::new());
    let _: String = redis.run(&["ACL", "SETUSER", "default", "-evalsha"]).await;
    let answer = check().is(1);
    assert!(
        answer.out.contains("WRONG  sessions       Redis at") && answer.out.contains("does not count"),
        "{}",
        answer.out
    );
}

async fn the_gates_answer_is_explained_rule_by_rule(stack: Stack) {
    let place = Place::new(
        &stack,
        "public_url = 'https://auth.example.test'\n[permissions]\n'wiki.page:edit' = 'Edit pages'\n\
         [[upstream]]\nname = 'wiki'\nhost = 'wiki.example.test'\nurl = 'http://127.0.0.1:9'\n\
         [[upstream.rule]]\npath = '/public/'\npublic = true\n\
         [[upstream.rule]]\npath = '/admin/'\nroles = ['wiki-admin']\n\
         [[upstream.rule]]\npath = '/edit/'\npermissions = ['wiki.page:edit']\n\
         [[upstream.rule]]\npath = '/app/'\ntier = 'any'\n\
         [[upstream]]\nname = 'behind'\nhost = 'behind.example.test'\n\
         [[upstream.rule]]\npath = '/admin/'\ntier = 'superuser'\n\
         [[upstream.rule]]\npath = '/'\ntier = 'any'\n",
    );
    for (name, more) in [("boss", "--superuser"), ("carol", "--json"), ("gone", "--json")] {
        let email = format!("{name}@people.example");
        place.run(&["user", "add", "--username", name, "--email", &email, "--generate", more]).is(0);
    }
    place.run(&["user", "deactivate", "gone"]).is(0);
    for (user, path, answer, why) in [
        ("carol", "/public/x", "allowed", "the rule is open to everybody, signed in or not"),
        ("carol", "/admin/x", "denied", "carol holds none of the roles wiki-admin"),
        ("carol", "/edit/x?a=b", "denied", "carol lacks the permission wiki.page:edit"),
        ("carol", "/app/", "allowed", "carol has what the rule asks for"),
        ("carol", "/", "denied", "no rule is about this path, so nobody may pass"),
        ("carol", "/public;x/y", "bad_request", "another rule would apply"),
        ("carol", "/a//b", "bad_request", "the path is refused"),
        ("gone", "/app/", "sign_in", "gone is inactive, and signed out everywhere"),
        ("boss", "/admin/x", "allowed", "boss has what the rule asks for"),
        ("boss", "/edit/x", "allowed", "boss has what the rule asks for"),
    ] {
        let url = format!("https://wiki.example.test{path}");
        let told = place.run(&["explain", user, &url, "--json"]).is(0).json();
        assert_eq!(told["answer"], answer, "{user} {path}: {told}");
        assert!(told["why"].as_str().unwrap().starts_with(why), "{user} {path}: {told}");
    }
    // We decode what we forward; another proxy passes it on as it came.
    for (host, answer) in [("wiki", "allowed"), ("behind", "bad_request")] {
        let url = format!("https://{host}.example.test/%61dmin/x");
        let told = place.run(&["explain", "boss", &url, "--json"]).is(0).json();
        assert_eq!(told["answer"], answer, "{host}: {told}");
    }
    let text = place.run(&["explain", "carol", "https://wiki.example.test/admin/x"]).is(0).out;
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    assert_eq!(
        lines,
        [
            "carol asks for https://wiki.example.test/admin/x",
            "upstream wiki:",
            "1. /public/ is about another path; it asks for nothing: it is open to everybody",
            "2. /admin/ decides; it asks for a role of wiki-admin",
            "The request is refused: carol holds none of the roles wiki-admin.",
        ]
    );
    let elsewhere = place.run(&["explain", "carol", "https://other.example.test/", "--json"]).is(0).json();
    assert_eq!(elsewhere["answer"], "unknown_host");
    place.run(&["explain", "nobody", "https://wiki.example.test/"]).is(1);
    assert!(place.run(&["explain", "carol", "wiki"]).is(1).err.contains("whole address"));
}

#[test]
fn bad_input_is_told_before_anything_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let run = |text: &str, arguments: &[&str]| {
        fs::write(folder.path().join("narthex.toml"), text).unwrap();
        Answer::from(program(folder.path(), arguments).output().unwrap())
    };
    let misspelt = run("\n[databse]\nurl = 'sqlite://x'", &["serve"]).is(1);
    assert_eq!(misspelt.err, "narthex: narthex.toml:2: unknown key `databse`; did you mean `database`?");
    let checked = run("\n[databse]\nurl = 'sqlite://x'", &["check"]).is(1);
    assert_eq!(
        checked.out,
        "WRONG  configuration  narthex.toml:2: unknown key `databse`; did you mean `database`?"
    );
    let away = "master_key_file = 'k'\n[database]\nurl = 'postgres://narthex:hunter2@127.0.0.1:1/narthex'";
    let away = run(away, &["serve"]).is(1);
    let expected = "narthex: the database postgres://narthex:***@127.0.0.1:1/narthex does not answer; see that it runs and \
                    that `url` in [database] is right: ";
    assert!(away.err.lines().last().unwrap().starts_with(expected), "{}", away.err);
    assert!(!away.err.contains("hunter2") && away.err.contains("Connection refused"), "{}", away.err);
    let missing = run("", &["check", "--config", "none.toml"]).is(1);
    assert!(missing.out.contains("none.toml: cannot be read"), "{}", missing.out);
    assert_eq!(files(folder.path()), ["narthex.toml"]);
}

#[tokio::test]
async fn a_redis_that_is_away_does_not_stop_the_start() {
    let stack = Stack::embedded();
    let port = free_port();
    Place::new(&stack, "");
    let mut command = program(stack.folder(), &["serve"]);
    let command = command.env("NARTHEX_LISTEN", format!("127.0.0.1:{port}"));
    let command = command.env("NARTHEX_SESSIONS__STORE", "redis");
    let mut serving = Serving::start(command.env("NARTHEX_SESSIONS__REDIS_URL", "redis://127.0.0.1:1"));
    let link = serving.line_with("/setup?token=");
    let mut browser = Browser::new(&Url::parse(&link).unwrap(), SocketAddr::from(([127, 0, 0, 1], port)));
    browser.get("/livez").await.is(200);
    let unready = browser.get("/readyz").await.is(503);
    let reasons: Value = serde_json::from_str(&unready.body).unwrap();
    assert_eq!((&reasons["database"], &reasons["sessions"]), (&"ok".into(), &"does not answer".into()));
    assert_eq!(serving.told("-TERM"), Some(0));
}

#[tokio::test]
async fn the_demo_shows_it_all_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = program(folder.path(), &["demo", "--json", "--listen", "127.0.0.1:0"]);
    let mut serving = Serving::start(command.env("TMPDIR", folder.path()));
    let mut text = String::new();
    while !text.ends_with("\n}\n") {
        assert!(serving.out.read_line(&mut text).unwrap() > 0, "{}", serving.errors());
    }
    let guide: Value = serde_json::from_str(&text).unwrap();
    let url = |name: &str| Url::parse(guide[name].as_str().unwrap()).unwrap();
    let (gateway, wiki, issuer) = (url("public_url"), url("upstream_url"), url("issuer"));
    let address = SocketAddr::from(([127, 0, 0, 1], gateway.port().unwrap()));
    let visitor = || {
        let ports = [&gateway, &wiki, &issuer].map(|url| url.port().unwrap());
        ports.into_iter().fold(Browser::new(&gateway, address), Browser::knows)
    };

    let mut boss = visitor();
    let login = guide["superuser"]["login"].as_str().unwrap();
    assert_eq!(sign_in(&mut boss, login, guide["superuser"]["password"].as_str().unwrap()).await.status, 303);
    let queue = boss.get("/admin/users").await.is(200);
    for applicant in guide["applicants"].as_array().unwrap() {
        let (local_part, _) = applicant.as_str().unwrap().split_once('@').unwrap();
        assert!(queue.says(local_part), "{applicant}");
    }
    assert!(queue.says("윤지호"));
    let shown = boss.get(wiki.as_str()).await.is(200);
    assert!(shown.says("remote-user") && shown.says("superuser@demo.example"), "{}", shown.text());
    assert!(shown.says("None. narthex keeps its own to itself."), "{}", shown.text());

    let mut applicant = visitor();
    let email = guide["applicants"][0].as_str().unwrap();
    let refused = sign_in(&mut applicant, email, guide["applicant_password"].as_str().unwrap()).await;
    assert_ne!(refused.status, 303, "an applicant waits");

    let mut employee = visitor();
    let login = employee.visit(wiki.as_str()).await.is(200);
    let choice = employee.visit(&login.link("/oidc/sample")).await.is(200);
    let arrived = employee.visit(&choice.link("/continue")).await.is(200);
    assert!(arrived.says("remote-email") && arrived.says("@corp.example"), "{}", arrived.text());

    assert_eq!(serving.told("-INT"), Some(0));
    assert_eq!(files(folder.path()), Vec::<String>::new());
}

fn files(folder: &Path) -> Vec<String> {
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(name).collect();
    names.sort();
    names
}
