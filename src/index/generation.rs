//! How does a new index take the place of the old one without anyone noticing?
//!
//! Each generation is a folder of its own. The file `current` names the one in use and is replaced by renaming, which
//! the file system does whole or not at all; a build that is killed leaves a folder that nothing points to and that the
//! next build removes.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::IndexError;

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
        let numbers = fs::read_dir(&generations).map_err(IndexError::io(&generations))?;
        let last = numbers
            .flatten()
            .filter_map(|entry| entry.file_name().to_str().and_then(|name| name.strip_prefix('g')?.parse::<u64>().ok()))
            .max();
        let name = format!("g{:06}", last.unwrap_or(0) + 1);
        let path = generations.join(&name);
        fs::create_dir(&path).map_err(IndexError::io(&path))?;
        Ok((name, path))
    }

    /// Makes a finished generation the one in use.
    pub(crate) fn switch(&self, name: &str) -> Result<(), IndexError> {
        let path = self.root.join(GENERATIONS).join(name);
        sync_folder(&path)?;
        let staged = self.root.join(".current.new");
        let mut file = fs::File::create(&staged).map_err(IndexError::io(&staged))?;
        file.write_all(name.as_bytes()).and_then(|()| file.sync_all()).map_err(IndexError::io(&staged))?;
        let pointer = self.root.join(POINTER);
        fs::rename(&staged, &pointer).map_err(IndexError::io(&pointer))?;
        sync_folder(&self.root)
    }

    /// Removes every generation but the one in use and the one before it, which a running server may still read.
    pub(crate) fn tidy(&self, before: Option<&str>) -> Result<(), IndexError> {
        let current = self.current()?.map(|(name, _)| name);
        let generations = self.root.join(GENERATIONS);
        for entry in fs::read_dir(&generations).map_err(IndexError::io(&generations))?.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if Some(name.as_str()) != current.as_deref() && Some(name.as_str()) != before {
                fs::remove_dir_all(entry.path()).map_err(IndexError::io(&entry.path()))?;
            }
        }
        Ok(())
    }

    /// Takes back a generation that did not come to an end.
    pub(crate) fn discard(&self, name: &str) {
        let path = self.root.join(GENERATIONS).join(name);
        if let Err(error) = fs::remove_dir_all(&path) {
            tracing::warn!(%error, path = %path.display(), "an unfinished index could not be removed");
        }
    }
}

fn sync_folder(path: &Path) -> Result<(), IndexError> {
    fs::File::open(path).and_then(|folder| folder.sync_all()).map_err(IndexError::io(path))
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
        data.tidy(Some(&first))?;
        assert_eq!(data.current()?, Some((second, path)));
        assert!(!folder.path().join(GENERATIONS).join(abandoned).exists());
        assert!(folder.path().join(GENERATIONS).join(first).exists());
        Ok(())
    }
}
