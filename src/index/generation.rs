//! How does a new index take the place of the old one without anyone noticing?
//!
//! Each generation is a folder of its own. The file `current` names the one in use and is replaced by renaming, which
//! the file system does whole or not at all; a build that is killed leaves a folder that nothing points to and that the
//! next build removes.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::IndexError;
use super::manifest::sync;

const POINTER: &str = "current";
const GENERATIONS: &str = "generations";

/// A data folder.
#[derive(Debug, Clone)]
pub(crate) struct DataFolder {
    root: PathBuf,
}

impl DataFolder {
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// Name and folder of the generation in use.
    pub(crate) fn current(&self) -> Result<Option<(String, PathBuf)>, IndexError> {
        let pointer = self.root.join(POINTER);
        let name = match fs::read_to_string(&pointer) {
            Ok(name) => name.trim().to_owned(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(IndexError::io(&pointer)(error)),
        };
        let path = self.root.join(GENERATIONS).join(&name);
        if name.is_empty() || name.contains(['/', '\\', '.']) || !path.is_dir() {
            let reason = format!("it names the generation {name:?}, which is not there");
            return Err(IndexError::Damaged { path: pointer, reason });
        }
        Ok(Some((name, path)))
    }

    /// An empty folder for a new generation.
    pub(crate) fn begin(&self) -> Result<(String, PathBuf), IndexError> {
        let generations = self.root.join(GENERATIONS);
        fs::create_dir_all(&generations).map_err(IndexError::io(&generations))?;
        let last = self.names()?.iter().map(|name| number(name)).filter(|number| *number < u64::MAX).max();
        let name = format!("g{:06}", last.unwrap_or(0) + 1);
        let path = generations.join(&name);
        fs::create_dir(&path).map_err(IndexError::io(&path))?;
        Ok((name, path))
    }

    /// Makes a finished generation the one in use.
    pub(crate) fn switch(&self, name: &str) -> Result<(), IndexError> {
        let path = self.root.join(GENERATIONS).join(name);
        sync(&path)?;
        sync(&self.root.join(GENERATIONS))?;
        let staged = self.root.join(".current.new");
        let mut file = fs::File::create(&staged).map_err(IndexError::io(&staged))?;
        file.write_all(name.as_bytes()).and_then(|()| file.sync_all()).map_err(IndexError::io(&staged))?;
        let pointer = self.root.join(POINTER);
        fs::rename(&staged, &pointer).map_err(IndexError::io(&pointer))?;
        sync(&self.root)
    }

    /// Names of all generations, finished or not.
    pub(crate) fn names(&self) -> Result<Vec<String>, IndexError> {
        let generations = self.root.join(GENERATIONS);
        let entries = match fs::read_dir(&generations) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(IndexError::io(&generations)(error)),
        };
        let mut names: Vec<String> =
            entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        Ok(names)
    }

    /// Where a generation lies.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.join(GENERATIONS).join(name)
    }

    /// Names of what builds that were killed left: generations after the one in use.
    pub(crate) fn unfinished(&self) -> Result<Vec<String>, IndexError> {
        let Some((current, _)) = self.current()? else { return Ok(Vec::new()) };
        let mut names = self.names()?;
        names.retain(|name| number(name) > number(&current));
        Ok(names)
    }

    /// Removes what builds that were killed left. Only for who has the lock.
    pub(crate) fn remove_unfinished(&self) {
        for name in self.unfinished().unwrap_or_default() {
            self.discard(&name);
        }
    }

    /// Removes every generation but the one in use and the one before it, which a running server may still read.
    /// What cannot be removed harms nobody and is removed the next time.
    pub(crate) fn tidy(&self, before: Option<&str>) {
        let (Ok(Some((current, _))), Ok(names)) = (self.current(), self.names()) else { return };
        for name in names.iter().filter(|name| **name != current && Some(name.as_str()) != before) {
            self.discard(name);
        }
    }

    /// Takes back a generation that did not come to an end or that nobody needs.
    pub(crate) fn discard(&self, name: &str) {
        let path = self.path(name);
        let outcome = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        if let Err(error) = outcome {
            tracing::warn!(%error, path = %path.display(), "an index that is not in use could not be removed");
        }
    }
}

/// The number in a generation's name; what has another name comes after all of them.
fn number(name: &str) -> u64 {
    name.strip_prefix('g').and_then(|number| number.parse().ok()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn switching_and_tidying_keep_what_is_in_use() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let data = DataFolder::new(folder.path());
        assert!(data.current()?.is_none());
        let (first, _) = data.begin()?;
        data.switch(&first)?;
        let (abandoned, _) = data.begin()?;
        let (second, path) = data.begin()?;
        data.switch(&second)?;
        data.tidy(Some(&first));
        assert_eq!(data.current()?, Some((second.clone(), path)));
        assert!(!folder.path().join(GENERATIONS).join(abandoned).exists());
        assert!(folder.path().join(GENERATIONS).join(first).exists());

        let (killed, _) = data.begin()?;
        assert_eq!((second.as_str(), killed.as_str()), ("g000003", "g000004"));
        assert_eq!(data.unfinished()?, ["g000004"]);
        data.remove_unfinished();
        assert_eq!(data.names()?, ["g000001", "g000003"]);
        Ok(())
    }
}
