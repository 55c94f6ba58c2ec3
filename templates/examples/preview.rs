//! Writes every page to `target/preview/*.html`, its assets beside it: `cargo run -p narthex-templates --example preview`.
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
    println!("{} pages in {}", samples.len(), folder.display());
    Ok(())
}
