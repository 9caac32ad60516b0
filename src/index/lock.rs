//! How do two builds in one data folder keep out of each other's way?
//!
//! By a lock on the file `build.lock` that the system gives to one process and takes back when that process ends,
//! however it ends; the file itself stays and means nothing. It also holds the number of the process, for the message.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::Path;

use super::IndexError;

const FILE: &str = "build.lock";

/// The right to build in a data folder, as long as it lives.
#[derive(Debug)]
pub(crate) struct BuildLock {
    _file: File,
}

impl BuildLock {
    /// Takes the lock or says who has it; does not wait.
    pub(crate) fn take(data: &Path) -> Result<Self, IndexError> {
        let path = data.join(FILE);
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = open.map_err(IndexError::io(&path))?;
        match file.try_lock() {
            Ok(()) => {
                // On a full disk the number cannot be written; the lock holds all the same.
                let _ = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
                Ok(Self { _file: file })
            }
            Err(TryLockError::WouldBlock) => {
                Err(IndexError::Busy { data: data.to_owned(), holder: written_in(&mut file) })
            }
            Err(TryLockError::Error(error)) => Err(IndexError::io(&path)(error)),
        }
    }
}

/// The process that builds in a data folder just now.
pub(crate) fn holder(data: &Path) -> Option<String> {
    let mut file = File::open(data.join(FILE)).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => Some(written_in(&mut file)),
        _ => None,
    }
}

/// The number in a lock that somebody holds, or `?`: it may not be written yet, or not at all on a full disk.
fn written_in(file: &mut File) -> String {
    let mut holder = String::new();
    let _ = file.read_to_string(&mut holder);
    let holder = holder.trim();
    if holder.is_empty() { "?".to_owned() } else { holder.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_who_has_it_until_the_first_is_done() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let first = BuildLock::take(folder.path())?;
        let Err(IndexError::Busy { holder, .. }) = BuildLock::take(folder.path()) else {
            return Err("two builds at once".into());
        };
        assert_eq!(holder, std::process::id().to_string());
        drop(first);
        BuildLock::take(folder.path())?;
        Ok(())
    }
}
