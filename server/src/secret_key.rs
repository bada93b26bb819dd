//! The encryption key: given, or kept in a file of the data directory.

use crate::config::{SecretsConfig, StoreConfig};
use anyhow::Context as _;
use hookreel_secrets::SecretKey;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

const FILE_NAME: &str = "secret.key";

/// The configured key, else the one in the file, else a new one that is put there.
pub(crate) fn load(secrets: &SecretsConfig, store: &StoreConfig) -> anyhow::Result<SecretKey> {
    if let Some(key) = &secrets.secret_key {
        return Ok(key.clone());
    }
    let path = store.data_dir.join(FILE_NAME);
    load_or_create(&path).with_context(|| format!("the encryption key {}", path.display()))
}

fn load_or_create(path: &Path) -> anyhow::Result<SecretKey> {
    match File::open(path) {
        Ok(file) => return read(file, path),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    let key = SecretKey::generate();
    match create(path, key.to_base64().as_str()) {
        Ok(()) => {
            tracing::info!(path = %path.display(), "made a new encryption key: back it up together with the database");
            Ok(key)
        }
        // Another process was faster.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => read(File::open(path)?, path),
        Err(error) => Err(error.into()),
    }
}

fn read(mut file: File, path: &Path) -> anyhow::Result<SecretKey> {
    let mode = file.metadata()?.permissions().mode();
    if mode & 0o077 != 0 {
        tracing::warn!(path = %path.display(), "others can read the encryption key: its mode should be 0600");
    }
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok(SecretKey::from_base64(&text)?)
}

/// The whole file appears at once under its name, or not at all; one that is there is never replaced.
fn create(path: &Path, key: &str) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    let unfinished = path.with_extension(format!("new-{}", std::process::id()));
    let result = (|| {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
        writeln!(file, "{key}")?;
        file.sync_all()?;
        fs::hard_link(&unfinished, path)
    })();
    let removed = fs::remove_file(&unfinished);
    result.and(removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_made_once_and_only_its_owner_can_read_it() {
        let directory = std::env::temp_dir().join(format!("hookreel-key-{}", std::process::id()));
        let path = directory.join(FILE_NAME);
        let made = load_or_create(&path).unwrap();
        let found = load_or_create(&path).unwrap();
        assert_eq!(made.to_base64(), found.to_base64());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);
        fs::write(&path, "not a key").unwrap();
        assert!(load_or_create(&path).is_err());
        fs::remove_dir_all(directory).unwrap();
    }
}
