//! How fast people sign in, in how much memory, and how the gate fares meanwhile: `bench-login [rounds]`. See
//! README.md beside this file.
#![expect(clippy::unwrap_used, reason = "a measurement may panic")]
use std::{
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use bytes::Bytes;
use http::{Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use narthex::{
    accounts::{
        By,
        hashing::Hasher,
        setup::{self, NewAccount},
    },
    clock::Clock,
    config::Config,
    domain::{
        password::Password,
        user::{DisplayName, Email, Tier, Username},
    },
    server::{self, EndOfProcess},
    store::Db,
};

const PASSWORD: &str = "kettle-sparrow-ninety";
const PEOPLE: usize = 300;
/// Browsers that sign in one after the other, without a pause.
const BROWSERS: usize = 8;
const DURING: Duration = Duration::from_secs(5);

type Http = Client<HttpConnector, Full<Bytes>>;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let first = arguments.next();
    if first.as_deref() == Some("serve") {
        return serve(&std::fs::read_to_string(arguments.next().unwrap()).unwrap()).await;
    }
    let rounds: usize = first.map_or(5, |text| text.parse().unwrap());
    let cores = std::thread::available_parallelism().unwrap().get();
    let gateway = Gateway::start().await;
    let people = gateway.people().await;
    println!("{cores} cores, {rounds} rounds, resident before: {} MB", gateway.resident().0);

    // As many threads as the gateway has for hashing, so that a busy machine gives both the same share.
    let threads = Config::default().password.parallel;
    let (mut wall, mut cpu) = (vec![], vec![]);
    for round in 0..rounds {
        // In turns, so that others on the machine disturb both alike.
        let (alone, logins);
        if round.is_multiple_of(2) {
            alone = argon2_alone(threads).await;
            logins = gateway.logins(&people).await;
        } else {
            logins = gateway.logins(&people).await;
            alone = argon2_alone(threads).await;
        }
        println!(
            "argon2 alone {:.1}/s ({:.1} ms of a core each), logins {:.1}/s ({:.1} ms)",
            alone.a_second, alone.core_millis, logins.a_second, logins.core_millis
        );
        wall.push(logins.a_second / alone.a_second);
        cpu.push(alone.core_millis / logins.core_millis);
    }
    println!(
        "logins against argon2 alone: {:.3} by the clock, {:.3} by processor time (medians)",
        median(&mut wall),
        median(&mut cpu)
    );

    for round in 0..rounds.min(3) {
        let idle = gateway.gate(&people, &AtomicBool::new(false), Duration::from_secs(4)).await;
        let end = Arc::new(AtomicBool::new(false));
        let waves = gateway.waves(&people, &end);
        let busy = gateway.gate(&people, &end, Duration::from_secs(8)).await;
        end.store(true, Ordering::SeqCst);
        let (waves, answers) = waves.await.unwrap();
        println!(
            "round {round}: /verify idle p50 {:.1?} p99 {:.1?}; during {waves} waves of {PEOPLE} parallel logins \
             p50 {:.1?} p99 {:.1?} ({answers}); resident {} MB, at most {} MB",
            at(&idle, 0.5),
            at(&idle, 0.99),
            at(&busy, 0.5),
            at(&busy, 0.99),
            gateway.resident().0,
            gateway.resident().1,
        );
    }
}

/// The gateway, in a process of its own so that its memory is nobody else's.
async fn serve(config: &str) {
    let _first = rustls::crypto::ring::default_provider().install_default();
    let end = EndOfProcess::catch().unwrap();
    server::start(Config::from_text(config).unwrap(), Clock::System).await.unwrap().until_told(end).await;
}

/// How fast something is done.
struct Speed {
    a_second: f64,
    /// Processor time for each, of all threads, in milliseconds.
    core_millis: f64,
}

impl Speed {
    fn of(done: usize, took: Duration, processor: f64) -> Self {
        Self { a_second: done as f64 / took.as_secs_f64(), core_millis: processor * 1000.0 / done as f64 }
    }
}

/// Seconds that a process has computed; the system counts in hundredths.
fn processor_time(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields: Vec<_> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    fields[11..13].iter().map(|ticks| ticks.parse::<f64>().unwrap()).sum::<f64>() / 100.0
}

/// Hashes with so many threads, each with memory of its own that it uses again.
async fn argon2_alone(threads: usize) -> Speed {
    let settings = Config::default().password;
    let params = Params::new(settings.memory_kib, settings.iterations, 1, Some(32)).unwrap();
    let (begun, before) = (Instant::now(), processor_time(std::process::id()));
    let work = (0..threads).map(|_| {
        let params = params.clone();
        tokio::task::spawn_blocking(move || {
            let mut blocks = vec![Block::new(); params.block_count()];
            let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
            let (mut hash, mut done) = ([0; 32], 0_usize);
            while begun.elapsed() < DURING {
                let password = PASSWORD.as_bytes();
                let salt = b"sixteen bytes is";
                argon2.hash_password_into_with_memory(password, salt, &mut hash, &mut blocks[..]).unwrap();
                done += 1;
            }
            done
        })
    });
    let mut done = 0;
    for work in work.collect::<Vec<_>>() {
        done += work.await.unwrap();
    }
    Speed::of(done, begun.elapsed(), processor_time(std::process::id()) - before)
}

struct Gateway {
    child: Child,
    url: String,
    http: Http,
    folder: tempfile::TempDir,
}

/// Somebody, in a browser that is known for them and signed in.
#[derive(Clone)]
struct Person {
    login: String,
    cookies: String,
}

impl Gateway {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (path, url) = (folder.path().display(), format!("http://127.0.0.1:{port}"));
        let config = format!(
            "listen = '127.0.0.1:{port}'\ndata_dir = '{path}'\ntrusted_proxies = ['127.0.0.1']\n\
             [database]\nurl = 'sqlite://{path}/narthex.db'\n\
             [[upstream]]\nname = 'app'\nhost = '127.0.0.1:9'\n[[upstream.rule]]\npath = '/'\ntier = 'any'\n"
        );
        let file = folder.path().join("narthex.toml");
        std::fs::write(&file, config).unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        let child = command.arg("serve").arg(&file).stdout(Stdio::null()).spawn().unwrap();
        let gateway = Self { child, url, http: Client::builder(TokioExecutor::new()).build_http(), folder };
        while gateway.http.get(format!("{}/readyz", gateway.url).parse().unwrap()).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        gateway
    }

    /// Makes all accounts, with one hash for all, and signs each in once.
    async fn people(&self) -> Arc<Vec<Person>> {
        let url = format!("sqlite://{}/narthex.db", self.folder.path().display());
        let db = Db::connect(&url).await.unwrap();
        let hasher = Hasher::new(&Config::default().password).unwrap();
        let hash = hasher.hash(&Password::typed(PASSWORD).unwrap()).await.unwrap();
        let mut people = vec![];
        for n in 0..PEOPLE {
            let login = format!("person{n}");
            let account = NewAccount {
                username: Username::parse(&login).unwrap(),
                email: Email::parse(&format!("{login}@people.example")).unwrap(),
                display_name: DisplayName::parse(&login).unwrap(),
                password_hash: hash.clone(),
                tier: Tier::Standard,
            };
            setup::add_user(&db, &account, &By::cli(), Clock::System.now()).await.unwrap();
            let (status, cookies) = self.login(&login, "").await;
            assert_eq!(status, StatusCode::SEE_OTHER);
            people.push(Person { login, cookies });
        }
        db.close().await;
        Arc::new(people)
    }

    async fn login(&self, login: &str, cookies: &str) -> (StatusCode, String) {
        login_at(&self.http, &self.url, login, cookies).await
    }

    /// Logins, each by somebody else in the browser that they always use.
    async fn logins(&self, people: &Arc<Vec<Person>>) -> Speed {
        let (next, done) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (begun, before) = (Instant::now(), processor_time(self.child.id()));
        let mut browsers = tokio::task::JoinSet::new();
        for _ in 0..BROWSERS {
            let (people, next, done) = (people.clone(), next.clone(), done.clone());
            let (http, url) = (self.http.clone(), self.url.clone());
            browsers.spawn(async move {
                while begun.elapsed() < DURING {
                    let person = &people[next.fetch_add(1, Ordering::SeqCst) % PEOPLE];
                    let device = device(&person.cookies);
                    assert_eq!(login_at(&http, &url, &person.login, device).await.0, StatusCode::SEE_OTHER);
                    done.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        browsers.join_all().await;
        let processor = processor_time(self.child.id()) - before;
        Speed::of(done.load(Ordering::SeqCst), begun.elapsed(), processor)
    }

    /// Everybody signs in at the same moment, again and again until the end. How often, and what they were told.
    fn waves(
        &self,
        people: &Arc<Vec<Person>>,
        end: &Arc<AtomicBool>,
    ) -> tokio::task::JoinHandle<(usize, String)> {
        let (people, end) = (people.clone(), end.clone());
        let (http, url) = (self.http.clone(), self.url.clone());
        tokio::spawn(async move {
            let (mut waves, mut served, mut later) = (0, 0, 0);
            while !end.load(Ordering::SeqCst) {
                let mut wave = tokio::task::JoinSet::new();
                for person in people.iter().cloned() {
                    let (http, url) = (http.clone(), url.clone());
                    wave.spawn(async move {
                        login_at(&http, &url, &person.login, device(&person.cookies)).await.0
                    });
                }
                for status in wave.join_all().await {
                    served += usize::from(status == StatusCode::SEE_OTHER);
                    later += usize::from(status == StatusCode::SERVICE_UNAVAILABLE);
                }
                waves += 1;
            }
            (waves, format!("{served} signed in, {later} told to come back, of {}", waves * PEOPLE))
        })
    }

    /// How long the gate takes to let somebody pass, sorted; asked every ten milliseconds.
    async fn gate(&self, people: &[Person], end: &AtomicBool, during: Duration) -> Vec<Duration> {
        let begun = Instant::now();
        let mut took = vec![];
        while begun.elapsed() < during && !end.load(Ordering::SeqCst) {
            let person = &people[took.len() % PEOPLE];
            let request = Request::get(format!("{}/verify", self.url))
                .header("x-original-url", "http://127.0.0.1:9/page")
                .header("x-original-method", "GET")
                .header(header::COOKIE, &person.cookies)
                .body(Full::default());
            let asked = Instant::now();
            let answer = self.http.request(request.unwrap()).await.unwrap();
            took.push(asked.elapsed());
            assert_eq!(answer.status(), StatusCode::OK);
            answer.into_body().collect().await.unwrap();
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        took.sort_unstable();
        took
    }

    /// The gateway's memory now, and the most it had, in MB.
    fn resident(&self) -> (u64, u64) {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let kib = |key: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap();
            line.trim().trim_end_matches(" kB").parse::<u64>().unwrap()
        };
        (kib("VmRSS:") * 1024 / 1_000_000, kib("VmHWM:") * 1024 / 1_000_000)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _gone_already = self.child.wait();
    }
}

/// Signs in; the status and the cookies.
async fn login_at(http: &Http, url: &str, login: &str, cookies: &str) -> (StatusCode, String) {
    let request = Request::post(format!("{url}/login"))
        .header(header::ORIGIN, url)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::COOKIE, cookies)
        .body(Full::from(format!("login={login}&password={PASSWORD}&rd=")));
    let answer = http.request(request.unwrap()).await.unwrap();
    let set = answer.headers().get_all(header::SET_COOKIE).iter();
    let cookies: Vec<_> = set.map(|line| line.to_str().unwrap().split(';').next().unwrap()).collect();
    let (status, cookies) = (answer.status(), cookies.join("; "));
    answer.into_body().collect().await.unwrap();
    (status, cookies)
}

/// Of these cookies the one that names the browser.
fn device(cookies: &str) -> &str {
    cookies.split("; ").find(|cookie| cookie.starts_with("narthex-device=")).unwrap()
}

fn at(sorted: &[Duration], part: f64) -> Duration {
    sorted[((sorted.len() - 1) as f64 * part) as usize]
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
