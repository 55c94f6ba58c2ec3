//! A real mail server, from `tests/smtp`, that keeps what it gets.
use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// The server, with certificates of its own; it can be away and come back. Ends with this.
pub(crate) struct Sink {
    folder: TempDir,
    port: u16,
    kind: &'static str,
    slow: bool,
    server: Option<Child>,
}

/// A mail as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Arrived {
    /// To whom, as the server was told.
    pub(crate) recipient: String,
    /// Whether it came over TLS.
    pub(crate) encrypted: bool,
    /// Its `Message-ID`.
    pub(crate) id: String,
    /// Its subject.
    pub(crate) subject: String,
    /// Its text.
    pub(crate) text: String,
}

impl Sink {
    /// With STARTTLS and AUTH.
    pub(crate) fn start() -> Self {
        Self::of("starttls", false)
    }

    /// That takes its time for each mail.
    pub(crate) fn slow() -> Self {
        Self::of("starttls", true)
    }

    /// `starttls`, `tls` or `clear`.
    pub(crate) fn of(kind: &'static str, slow: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("mails")).unwrap();
        certify(folder.path());
        let mut sink = Self { folder, port: super::free_port(), kind, slow, server: None };
        sink.comes_back();
        sink
    }

    /// Its part of the configuration.
    pub(crate) fn config(&self) -> String {
        let (ca, port) = (self.ca(), self.port);
        let tls = if self.kind == "tls" { "tls" } else { "starttls" };
        format!(
            "[mail]\ntransport = 'smtp'\nfrom = 'narthex <no-reply@example.com>'\nhost = '127.0.0.1'\nport = {port}\n\
             tls = '{tls}'\nusername = 'narthex'\npassword = 'hunter2'\nca_file = '{}'\ntimeout = '5s'\n",
            ca.display()
        )
    }

    /// The certificate that has signed its own.
    pub(crate) fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    pub(crate) fn goes_away(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _gone_already = server.kill();
            let _gone_already = server.wait();
        }
    }

    pub(crate) fn comes_back(&mut self) {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/smtp");
        let python = tests.join(".venv/bin/python");
        assert!(python.exists(), "the mail server is not installed: start the tests with tests/run");
        let mut server = Command::new(python)
            .arg(tests.join("sink.py"))
            .arg(self.folder.path().join("mails"))
            .args([self.port.to_string().as_str(), self.kind])
            .arg(self.folder.path().join("leaf.pem"))
            .arg(self.folder.path().join("leaf.key"))
            .args(self.slow.then_some("slow"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line.trim(), "ready", "the mail server does not start");
        self.server = Some(server);
    }

    /// What has arrived until now, in no order.
    pub(crate) fn mails(&self) -> Vec<Arrived> {
        let files =
            fs::read_dir(self.folder.path().join("mails")).unwrap().map(|entry| entry.unwrap().path());
        let whole = files.filter(|file| file.extension().is_some_and(|end| end == "eml"));
        whole.map(|file| Arrived::read(&fs::read(file).unwrap())).collect()
    }

    /// Waits until so many have arrived.
    pub(crate) async fn gets(&self, many: usize) -> Vec<Arrived> {
        let begun = Instant::now();
        loop {
            let mails = self.mails();
            if mails.len() >= many {
                return mails;
            }
            assert!(begun.elapsed() < Duration::from_secs(40), "{} of {many} arrived", mails.len());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.goes_away();
    }
}

impl Arrived {
    fn read(raw: &[u8]) -> Self {
        let mail = mail_parser::MessageParser::default().parse(raw).expect("a mail");
        let header = |name: &str| mail.header_raw(name).unwrap_or_default().trim().to_owned();
        Self {
            recipient: header("X-Recipients"),
            encrypted: header("X-Encrypted") == "True",
            id: mail.message_id().unwrap_or_default().to_owned(),
            subject: mail.subject().unwrap_or_default().to_owned(),
            text: mail.body_text(0).unwrap_or_default().into_owned(),
        }
    }
}

/// A certificate for this machine that is no authority itself, and the one that signed it.
fn certify(folder: &Path) {
    let openssl = |arguments: &str| {
        let done = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    fs::write(
        folder.join("leaf.ext"),
        "basicConstraints=CA:FALSE\nsubjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth\n",
    )
    .unwrap();
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    openssl(&format!("req -x509 {key} -keyout ca.key -out ca.pem -days 2 -subj /CN=test-authority"));
    openssl(&format!("req -new {key} -keyout leaf.key -out leaf.csr -subj /CN=localhost"));
    openssl(
        "x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out leaf.pem -days 2 -extfile leaf.ext",
    );
}
