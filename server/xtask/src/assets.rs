//! Files on their way to the site directory.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Leaves a file alone that already has this content: its time tells browsers whether to load it again.
pub(crate) fn write_if_changed(path: &Path, content: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|present| present == content) {
        return Ok(());
    }
    let staged = path.with_extension("new");
    fs::write(&staged, content).with_context(|| format!("cannot write {}", staged.display()))?;
    fs::rename(&staged, path).with_context(|| format!("cannot write {}", path.display()))
}

/// Copies everything below `from`; a directory that does not exist is an empty one.
pub(crate) fn copy_directory(from: &Path, to: &Path) -> Result<()> {
    if !from.exists() {
        return Ok(());
    }
    fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_directory(&entry.path(), &target)?;
        } else {
            write_if_changed(&target, &fs::read(entry.path())?)?;
        }
    }
    Ok(())
}

/// Moves every entry of one directory into another, replacing what is there.
pub(crate) fn move_files(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if target.is_dir() {
            fs::remove_dir_all(&target)?;
        }
        fs::rename(entry.path(), &target).with_context(|| format!("cannot write {}", target.display()))?;
    }
    fs::remove_dir(from)?;
    Ok(())
}

/// Removes `.br` and `.gz` files that are older than what they compress: the server would prefer them.
pub(crate) fn forget_stale_compressed(directory: &Path) -> Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            forget_stale_compressed(&path)?;
        } else if path.extension().is_some_and(|kind| kind == "br" || kind == "gz") {
            let modified = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified());
            let fresh = matches!(
                (modified(&path), modified(&path.with_extension(""))),
                (Ok(compressed), Ok(original)) if compressed >= original
            );
            if !fresh {
                fs::remove_file(&path)?;
            }
        }
    }
    Ok(())
}
