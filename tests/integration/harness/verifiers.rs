//! Applications that verify assertions with the very lines that `config/applications.md` shows.
use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::{Value, json};

/// The claims, or a word for what is wrong.
pub(crate) type Answer = Result<Value, String>;

/// One in another language; ends with this.
pub(crate) struct Program {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

const PYTHON: &str = "
import json, sys
for line in sys.stdin:
    try:
        print('yes', json.dumps(verify(line.strip())), flush=True)
    except Exception as error:
        print('no', type(error).__name__, flush=True)
";

const NODE: &str = "
import { createInterface } from 'node:readline';
for await (const line of createInterface({ input: process.stdin })) {
  try {
    console.log('yes ' + JSON.stringify(await verify(line)));
  } catch (error) {
    console.log('no ' + (error.code ?? error.name));
  }
}
";

impl Program {
    pub(crate) fn python(issuer: &str) -> Self {
        Self::start(".venv/bin/python", &["-c", &(shown("python", issuer) + PYTHON)])
    }

    pub(crate) fn node(issuer: &str) -> Self {
        Self::start("node", &["--input-type=module", "--eval", &(shown("js", issuer) + NODE)])
    }

    fn start(program: &str, arguments: &[&str]) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verifiers");
        let program = if program.contains('/') { folder.join(program) } else { program.into() };
        let mut child = Command::new(program)
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("what verifiers need is installed: start the tests with tests/run");
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, input, output }
    }

    pub(crate) fn ask(&mut self, assertion: &str) -> Answer {
        writeln!(self.input, "{assertion}").unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        match line.trim().split_once(' ') {
            Some(("yes", claims)) => Ok(serde_json::from_str(claims).unwrap()),
            Some(("no", why)) => Err(why.to_owned()),
            _ => panic!("a verifier ended: {line:?}"),
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _gone_already = self.child.wait();
    }
}

/// The lines in one language, with this gateway's origin.
fn shown(language: &str, issuer: &str) -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/applications.md");
    let page = fs::read_to_string(page).unwrap();
    let (_, rest) = page.split_once(&format!("```{language}\n")).expect("the page has such lines");
    let (lines, _) = rest.split_once("```").unwrap();
    assert!(lines.contains("\"https://auth.example.com\""), "{lines}");
    lines.replace("https://auth.example.com", issuer)
}

/// The one in Rust, with the keys that it fetched when it was started.
pub(crate) struct InRust {
    issuer: String,
    keys: jsonwebtoken::jwk::JwkSet,
}

impl InRust {
    pub(crate) async fn start(issuer: &str) -> Self {
        Self { issuer: issuer.to_owned(), keys: page::keys_of(issuer).await }
    }

    pub(crate) fn ask(&self, assertion: &str) -> Answer {
        page::ask(assertion, &self.issuer, &self.keys)
    }
}

#[expect(clippy::disallowed_methods, reason = "an application fetches the keys with what it has")]
mod page {
    include!("../../verifiers/verify.rs");

    pub(super) async fn keys_of(issuer: &str) -> JwkSet {
        keys(issuer).await.unwrap()
    }

    pub(super) fn ask(assertion: &str, issuer: &str, keys: &JwkSet) -> super::Answer {
        match verify(assertion, issuer, keys) {
            Ok(Person { sub, name, email, roles }) => {
                Ok(super::json!({ "sub": sub, "name": name, "email": email, "roles": roles }))
            }
            Err(error) => Err(format!("{:?}", error.kind())),
        }
    }
}
