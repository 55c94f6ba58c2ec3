use std::{
    fs, io,
    io::Write as _,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use uuid::Uuid;

use super::Error;

/// Writes a mail beside its place and moves it there, so that nobody reads half of one; a second copy takes the
/// place of the first.
pub(super) async fn write(folder: &Path, id: Uuid, message: Vec<u8>) -> Result<(), Error> {
    let folder = folder.to_owned();
    let writing = tokio::task::spawn_blocking(move || put(&folder, &id.to_string(), &message));
    let done = writing.await.map_err(|_| Error::ForNow("the file could not be written".to_owned()))?;
    done.map_err(|(file, error)| Error::ForNow(format!("{} cannot be written: {error}", file.display())))
}

fn put(folder: &Path, name: &str, message: &[u8]) -> Result<(), (PathBuf, io::Error)> {
    let in_folder = |error| (folder.to_owned(), error);
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(in_folder)?;
    let file = folder.join(format!("{name}.eml"));
    let draft = folder.join(format!(".{name}.{}", std::process::id()));
    let write = || -> io::Result<()> {
        let mut out =
            fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        out.write_all(message)?;
        out.sync_all()?;
        fs::rename(&draft, &file)?;
        fs::File::open(folder)?.sync_all()
    };
    write().map_err(|error| {
        let _never_made = fs::remove_file(&draft);
        (file.clone(), error)
    })
}

/// Whether the folder can be written. Nothing is left behind, not even a folder that was not there.
pub(super) async fn check(folder: &Path) -> Result<String, String> {
    let place = folder.display();
    let nearest = folder.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new("."));
    let probe = tempfile::Builder::new().prefix(".check").tempfile_in(nearest);
    match probe {
        Ok(_) if nearest == folder => Ok(format!("is written as files into {place}; nobody gets it")),
        Ok(_) => Ok(format!("will be written as files into {place}; nobody gets it")),
        Err(error) => Err(format!(
            "{} cannot be written ({error}); make it writable for narthex, or set `data_dir`",
            nearest.display()
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[tokio::test]
    async fn a_mail_is_one_file_for_its_owner_only() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("var/mail");
        assert!(check(&folder).await.unwrap().starts_with("will be written"));
        assert!(!folder.exists(), "a check makes nothing");
        for text in ["one", "two"] {
            write(&folder, Uuid::nil(), text.as_bytes().to_vec()).await.unwrap();
        }
        let names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(names, [folder.join(format!("{}.eml", Uuid::nil()))]);
        assert_eq!(fs::read_to_string(&names[0]).unwrap(), "two");
        assert_eq!(fs::metadata(&names[0]).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        assert!(check(&folder).await.unwrap().starts_with("is written"));
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_written_is_told() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("mail");
        fs::write(&folder, "a file").unwrap();
        let error = write(&folder, Uuid::nil(), vec![]).await.unwrap_err();
        assert!(matches!(&error, Error::ForNow(why) if why.contains("mail cannot be written")), "{error}");
    }
}
