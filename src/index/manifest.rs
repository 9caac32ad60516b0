//! Are the files of a generation those that were written?
//!
//! A generation ends with `manifest.json`: every file with its size and SHA-256. Opening an index looks at sizes, which
//! takes no time; building on an index and `rutinlots doctor` look at the sums.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::IndexError;
use crate::inference::catalogue::sha256_of;

pub(crate) const FILE: &str = "manifest.json";

/// What a generation consists of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// Layout of the stored data.
    pub(crate) format_version: u32,
    pub(crate) documents: usize,
    pub(crate) passages: usize,
    pub(crate) units: usize,
    pub(crate) files: Vec<FileRecord>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileRecord {
    /// Below the generation's folder, with `/` between folders.
    pub(crate) path: String,
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
}

impl Manifest {
    /// Takes down all files of a finished generation; when this returns they are on the disk.
    pub(crate) fn seal(
        folder: &Path,
        format_version: u32,
        (documents, passages, units): (usize, usize, usize),
    ) -> Result<(), IndexError> {
        let path = folder.join(FILE);
        let mut manifest = fs::File::create(&path).map_err(IndexError::io(&path))?;
        // tantivy keeps some files to the user that made them; the server may be another.
        let permissions = manifest.metadata().map_err(IndexError::io(&path))?.permissions();
        let mut files = Vec::new();
        let mut folders = vec![PathBuf::new()];
        while let Some(below) = folders.pop() {
            let here = folder.join(&below);
            for entry in fs::read_dir(&here).map_err(IndexError::io(&here))? {
                let entry = entry.map_err(IndexError::io(&here))?;
                let path = entry.path();
                let place = below.join(entry.file_name());
                if path.is_dir() {
                    folders.push(place);
                } else if path.extension().is_none_or(|ending| ending != "lock") && entry.file_name() != FILE {
                    fs::set_permissions(&path, permissions.clone()).map_err(IndexError::io(&path))?;
                    sync(&path)?;
                    let bytes = fs::metadata(&path).map_err(IndexError::io(&path))?.len();
                    let sha256 = sha256_of(&path, |_| ()).map_err(IndexError::io(&path))?;
                    let parts: Vec<_> = place.iter().map(|part| part.to_string_lossy()).collect();
                    files.push(FileRecord { path: parts.join("/"), bytes, sha256 });
                }
            }
            sync(&here)?;
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let text = serde_json::to_string_pretty(&Self { format_version, documents, passages, units, files })?;
        manifest.write_all(text.as_bytes()).and_then(|()| manifest.sync_all()).map_err(IndexError::io(&path))?;
        sync(folder)
    }

    /// The manifest of a generation; `None` for one of format 1, which had none.
    pub(crate) fn read(folder: &Path) -> Result<Option<Self>, IndexError> {
        let path = folder.join(FILE);
        match fs::read_to_string(&path) {
            Ok(text) => match serde_json::from_str(&text) {
                Ok(manifest) => Ok(Some(manifest)),
                Err(error) => Err(IndexError::Damaged { path, reason: error.to_string() }),
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                Err(IndexError::Damaged { path, reason: "it is not text".to_owned() })
            }
            Err(error) => Err(IndexError::io(&path)(error)),
        }
    }

    /// The first file that is gone or has another size.
    pub(crate) fn check_sizes(&self, folder: &Path) -> Result<(), IndexError> {
        for file in &self.files {
            let path = folder.join(&file.path);
            let reason = match fs::metadata(&path) {
                Ok(found) if found.len() == file.bytes => continue,
                Ok(found) => format!("it has {} bytes instead of {}", found.len(), file.bytes),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => "it is gone".to_owned(),
                Err(error) => return Err(IndexError::io(&path)(error)),
            };
            return Err(IndexError::Damaged { path, reason });
        }
        Ok(())
    }

    /// The first file that is not what was written. Reads all of them.
    pub(crate) fn check_sums(&self, folder: &Path) -> Result<(), IndexError> {
        match self.damaged(folder).into_iter().next() {
            Some((path, reason)) => Err(IndexError::Damaged { path, reason }),
            None => Ok(()),
        }
    }

    /// Every file that is not what was written, with the reason. Reads all of them.
    pub(crate) fn damaged(&self, folder: &Path) -> Vec<(PathBuf, String)> {
        let look = |file: &FileRecord| {
            let path = folder.join(&file.path);
            let reason = match sha256_of(&path, |_| ()) {
                Ok(sum) if sum == file.sha256 => return None,
                Ok(_) => "its SHA-256 is not the one that was written down".to_owned(),
                Err(error) => format!("it cannot be read: {error}"),
            };
            Some((path, reason))
        };
        self.files.iter().filter_map(look).collect()
    }
}

/// Waits until a file or folder is on the disk.
pub(super) fn sync(path: &Path) -> Result<(), IndexError> {
    fs::File::open(path).and_then(|file| file.sync_all()).map_err(IndexError::io(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flipped_bit_is_found_and_a_missing_or_short_file_at_once() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let root = folder.path();
        fs::create_dir(root.join("words"))?;
        fs::write(root.join("a.vec"), "abcd")?;
        fs::write(root.join("words/b.term"), "efgh")?;
        fs::write(root.join("words/x.lock"), "")?;
        assert_eq!(Manifest::read(root)?, None);
        Manifest::seal(root, 2, (1, 2, 3))?;
        let manifest = Manifest::read(root)?.ok_or("no manifest")?;
        let places: Vec<&str> = manifest.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(places, ["a.vec", "words/b.term"]);
        manifest.check_sizes(root)?;
        assert!(manifest.damaged(root).is_empty());

        fs::write(root.join("words/b.term"), "efgi")?;
        manifest.check_sizes(root)?;
        let damaged = manifest.damaged(root);
        assert_eq!(damaged.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>(), [root.join("words/b.term")]);

        fs::write(root.join("a.vec"), "abc")?;
        assert!(matches!(manifest.check_sizes(root), Err(IndexError::Damaged { path, .. }) if path.ends_with("a.vec")));
        fs::remove_file(root.join("a.vec"))?;
        assert!(manifest.check_sizes(root).is_err());
        fs::write(root.join(FILE), "{")?;
        assert!(matches!(Manifest::read(root), Err(IndexError::Damaged { .. })));
        Ok(())
    }
}
