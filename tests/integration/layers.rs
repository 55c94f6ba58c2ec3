//! Who may depend on whom: the table in `src/lib.rs`, held against the `crate::` paths that the source names.
use std::{collections::BTreeSet, fs, path::Path};

/// Every module and the modules that it may name. What everything may name is left out.
const MAY_USE: [(&str, &[&str]); 17] = [
    ("domain", &[]),
    ("clock", &["domain"]),
    ("config", &["domain"]),
    ("store", &["domain"]),
    ("session", &["domain"]),
    ("limits", &["domain"]),
    ("oidc", &["config", "domain"]),
    ("mail", &["config", "domain"]),
    ("accounts", &["config", "domain", "store"]),
    ("gateway", &["config", "domain", "session", "state", "store"]),
    ("telemetry", &["config"]),
    // What requests share includes what only `http` understands: cookie names and counters.
    (
        "state",
        &["accounts", "clock", "config", "domain", "gateway", "http", "mail", "oidc", "session", "store"],
    ),
    (
        "http",
        &["accounts", "config", "domain", "gateway", "limits", "mail", "oidc", "session", "state", "store"],
    ),
    ("housekeeping", &["accounts", "clock", "config", "domain", "mail", "oidc", "session", "state", "store"]),
    (
        "server",
        &[
            "accounts",
            "clock",
            "config",
            "domain",
            "gateway",
            "housekeeping",
            "http",
            "limits",
            "mail",
            "oidc",
            "session",
            "state",
            "store",
        ],
    ),
    (
        "cli",
        &[
            "accounts",
            "clock",
            "config",
            "domain",
            "gateway",
            "limits",
            "mail",
            "oidc",
            "server",
            "session",
            "state",
            "store",
            "telemetry",
        ],
    ),
    ("main", &["cli"]),
];

#[test]
fn no_module_reaches_past_its_layer() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let modules: BTreeSet<_> = MAY_USE.iter().map(|(module, _)| *module).collect();
    let mut wrong = vec![];
    for (file, text) in rust_files(&source) {
        let name = file.strip_prefix(&source).unwrap().to_str().unwrap();
        let module = name.split('/').next().unwrap().trim_end_matches(".rs");
        if module == "lib" {
            continue;
        }
        let may = MAY_USE.iter().find(|(name, _)| *name == module).map(|(_, may)| *may);
        let may =
            may.unwrap_or_else(|| panic!("{name}: which layer is {module}? Add it to the table above."));
        for used in used_modules(&text, module == "main") {
            if used != module && modules.contains(used.as_str()) && !may.contains(&used.as_str()) {
                wrong.push(format!("src/{name} names {used}"));
            }
        }
    }
    assert!(wrong.is_empty(), "against the dependency table:\n{}", wrong.join("\n"));
}

#[test]
fn sql_stands_in_the_store_only() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (file, text) in rust_files(&source) {
        let name = file.strip_prefix(&source).unwrap().to_str().unwrap();
        let sql = ["SELECT ", "INSERT INTO", "UPDATE users", "DELETE FROM", "sqlx::query"];
        let found = sql.iter().find(|word| text.contains(**word));
        assert!(name.starts_with("store/") || found.is_none(), "src/{name} holds SQL: {found:?}");
    }
}

#[test]
fn used_modules_are_found_however_they_are_written() {
    let text = "use crate::store::users;\nuse crate::{\n    config::{Config, Login},\n    domain::{time::Time},\n    oidc,\n};\n\
                fn f() { crate::gateway::x(); }\n// use crate::cli;\n#[cfg(test)]\nmod tests { use crate::server::y; }";
    let found: Vec<_> = used_modules(text, false).into_iter().collect();
    assert_eq!(found, ["config", "domain", "gateway", "oidc", "store"]);
    assert_eq!(used_modules("narthex::store::x()", true).into_iter().collect::<Vec<_>>(), ["store"]);
}

/// The modules of this crate that a file names outside its tests and comments.
fn used_modules(text: &str, is_main: bool) -> BTreeSet<String> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let code: String = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| [line, "\n"])
        .collect();
    let start = if is_main { "narthex::" } else { "crate::" };
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices(start) {
        let rest = &code[at + start.len()..];
        match rest.strip_prefix('{') {
            Some(group) => found.extend(top_level_names(group)),
            None => found.extend(first_word(rest)),
        }
    }
    found
}

/// The first word of each item of a `{a::b, c::{d, e}}` group, given without its opening brace.
fn top_level_names(group: &str) -> Vec<String> {
    let mut names = vec![];
    let (mut depth, mut item) = (0, String::new());
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.extend(first_word(&std::mem::take(&mut item))),
            _ => item.push(c),
        }
    }
    names.extend(first_word(&item));
    names
}

fn first_word(text: &str) -> Option<String> {
    let word: String = text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (!word.is_empty()).then_some(word)
}

fn rust_files(folder: &Path) -> Vec<(std::path::PathBuf, String)> {
    let mut files = vec![];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            files.push((path, text));
        }
    }
    files
}
