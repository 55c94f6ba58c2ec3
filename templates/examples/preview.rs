//! Writes every page to `target/preview/*.html`, its assets beside it: `cargo run -p narthex-templates --example preview`.
//! Mails go to `mail/` below it, as HTML and as text.
//! Another folder may be named as the first argument.

use std::fs;
use std::path::PathBuf;

use templates::{assets, samples};

fn main() -> std::io::Result<()> {
    let folder = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("target/preview"), PathBuf::from);
    if folder.is_dir() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "html") {
                fs::remove_file(path)?;
            }
        }
    }
    fs::create_dir_all(folder.join("assets"))?;
    for asset in assets::all() {
        fs::write(folder.join("assets").join(asset.name), asset.bytes)?;
    }
    let samples = samples::all();
    for sample in &samples {
        fs::write(folder.join(format!("{}.html", sample.name)), &sample.markup.0)?;
    }
    fs::create_dir_all(folder.join("mail"))?;
    for mail in samples::mails() {
        let file = folder.join("mail").join(&mail.name);
        fs::write(file.with_extension("html"), &mail.written.html)?;
        fs::write(
            file.with_extension("txt"),
            format!("Subject: {}\n\n{}", mail.written.subject, mail.written.text),
        )?;
    }
    println!("{} pages in {}", samples.len(), folder.display());
    Ok(())
}
