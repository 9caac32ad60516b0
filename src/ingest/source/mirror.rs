//! Where does what was unpacked or fetched lie, and how does it change without ever being half there?
//!
//! A folder per source below the data folder. A file is written beside its place and moved there when it is whole; one
//! that has not changed is not touched; what the source no longer has is removed at the end. Names come from outside:
//! nothing is written but below the folder.

use std::collections::HashSet;
use std::fs;
use std::io::{Read, Write};
use std::path::{Component, Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{FOLDER, SourceError};
use crate::inference::catalogue::{hex, sha256_of};

/// Longest name of a file or folder in bytes; file systems allow 255.
const LONGEST_NAME: usize = 180;
const INCOMING: &str = ".incoming";
const NOTES: &str = ".notes.json";

/// The files of one source.
#[derive(Debug)]
pub(super) struct Mirror {
    folder: PathBuf,
    kept: HashSet<PathBuf>,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Put {
    /// It is there.
    Written,
    /// It has more bytes than allowed and was not taken.
    TooLarge,
}

impl Mirror {
    /// The folder of a source, `name` for people to recognise it by, `address` to tell it from others.
    pub(super) fn open(data: &Path, name: &str, address: &str) -> Result<Self, SourceError> {
        let name = crate::ingest::DocumentId::from_stem(name);
        let name: String = name.as_str().chars().take(60).collect();
        let folder = data.join(FOLDER).join(format!("{name}-{}", &hex(&Sha256::digest(address))[..8]));
        fs::create_dir_all(&folder).map_err(SourceError::io(&folder))?;
        // What a process that was killed was about to write.
        let _ = fs::remove_file(folder.join(INCOMING));
        Ok(Self { folder, kept: HashSet::new() })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What was noted of the files the last time.
    pub(super) fn notes(&self) -> Option<Vec<u8>> {
        fs::read(self.folder.join(NOTES)).ok()
    }

    /// Writes the notes for the next time.
    pub(super) fn take_notes(&self, notes: &[u8]) -> std::io::Result<()> {
        let incoming = self.folder.join(INCOMING);
        fs::write(&incoming, notes)?;
        fs::rename(&incoming, self.folder.join(NOTES))
    }

    /// Whether a file is there.
    pub(super) fn has(&self, place: &str) -> bool {
        self.folder.join(safe(place)).is_file()
    }

    pub(super) fn read(&self, place: &str) -> std::io::Result<Vec<u8>> {
        fs::read(self.folder.join(safe(place)))
    }

    /// Whether there is any file but hidden ones.
    pub(super) fn is_empty(&self) -> bool {
        files_below(&self.folder).is_empty()
    }

    /// Leaves a file as it is.
    pub(super) fn keep(&mut self, place: &str) {
        self.kept.insert(safe(place));
    }

    /// Leaves all files as they are.
    pub(super) fn keep_all(&mut self) {
        self.kept.extend(files_below(&self.folder));
    }

    /// Writes a file of at most `limit` bytes. An error of `content` is returned as it is; nothing is written then.
    pub(super) fn put(&mut self, place: &str, content: &mut dyn Read, limit: u64) -> std::io::Result<Put> {
        let below = safe(place);
        let path = self.folder.join(&below);
        let incoming = self.folder.join(INCOMING);
        let outcome = self.put_at(&path, &incoming, content, limit);
        if matches!(outcome, Ok(Put::Written)) {
            self.kept.insert(below);
        } else {
            let _ = fs::remove_file(&incoming);
        }
        outcome
    }

    fn put_at(&self, path: &Path, incoming: &Path, content: &mut dyn Read, limit: u64) -> std::io::Result<Put> {
        let mut file = fs::File::create(incoming)?;
        let mut hasher = Sha256::new();
        let mut buffer = vec![0u8; 1 << 16];
        let mut length = 0u64;
        loop {
            let count = content.read(&mut buffer)?;
            if count == 0 {
                break;
            }
            length += count as u64;
            if length > limit {
                return Ok(Put::TooLarge);
            }
            hasher.update(&buffer[..count]);
            file.write_all(&buffer[..count])?;
        }
        if path.is_file() && sha256_of(path, |_| ()).is_ok_and(|known| known == hex(&hasher.finalize())) {
            fs::remove_file(incoming)?;
            return Ok(Put::Written);
        }
        file.sync_all()?;
        let parent = path.parent().unwrap_or(&self.folder);
        // What was a file may be a folder now.
        for ancestor in parent.ancestors().take_while(|ancestor| ancestor.starts_with(&self.folder)) {
            if ancestor.is_file() {
                fs::remove_file(ancestor)?;
            }
        }
        if path.is_dir() {
            fs::remove_dir_all(path)?;
        }
        fs::create_dir_all(parent)?;
        fs::rename(incoming, path)?;
        Ok(Put::Written)
    }

    /// Removes the files that were neither written nor kept.
    pub(super) fn finish(self) -> Result<PathBuf, SourceError> {
        for below in files_below(&self.folder) {
            if !self.kept.contains(&below) {
                let path = self.folder.join(&below);
                fs::remove_file(&path).map_err(SourceError::io(&path))?;
            }
        }
        Ok(self.folder)
    }
}

/// All files below a folder but hidden ones.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(below) = folders.pop() {
        for entry in fs::read_dir(folder.join(&below)).into_iter().flatten().flatten() {
            let place = below.join(entry.file_name());
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(place),
                Ok(_) if !entry.file_name().to_string_lossy().starts_with('.') => files.push(place),
                _ => {}
            }
        }
    }
    files
}

/// A path that stays below its folder, is not hidden and has no name that is too long, whatever `place` says.
fn safe(place: &str) -> PathBuf {
    let mut path = PathBuf::new();
    for part in place.split(['/', '\\']) {
        let part: String = part
            .chars()
            .map(|character| if character.is_control() || "<>:\"|?*".contains(character) { '_' } else { character })
            .collect();
        let part = part.trim_start_matches(|character: char| character == '.' || character.is_whitespace()).trim_end();
        if !part.is_empty() {
            path.push(shortened(part));
        }
    }
    let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    if plain && path.file_name().is_some() { path } else { PathBuf::from("namnlös") }
}

/// The name, or its start, a hash of it and its ending.
fn shortened(name: &str) -> String {
    if name.len() <= LONGEST_NAME {
        return name.to_owned();
    }
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let ending = if ending.len() <= 10 { ending } else { "" };
    let start: String = name.chars().take(LONGEST_NAME / 4).collect();
    format!("{start}-{}.{ending}", &hex(&Sha256::digest(name))[..12])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert, proptest};

    use super::*;

    proptest! {
        #[test]
        fn every_place_stays_below(place in "\\PC{0,400}|(\\.\\.[/\\\\]){0,5}[a-z./\\\\]{0,30}") {
            let path = safe(&place);
            prop_assert!(path.file_name().is_some());
            for part in &path {
                prop_assert!(part.len() <= 255, "{path:?}");
                prop_assert!(!part.to_string_lossy().starts_with('.'), "{path:?}");
            }
            prop_assert!(path.components().all(|part| matches!(part, Component::Normal(_))), "{path:?}");
        }
    }

    #[test]
    fn dots_behind_a_space_hide_nothing() {
        assert_eq!(safe("a/\u{2000}.b/ ..c"), PathBuf::from("a/b/c"));
    }

    #[test]
    fn files_come_stay_and_go() -> Result<(), Box<dyn std::error::Error>> {
        let data = tempfile::tempdir()?;
        let mut mirror = Mirror::open(data.path(), "intranät.example", "https://intranät.example/")?;
        assert!(mirror.is_empty());
        assert_eq!(mirror.put("a/larm.md", &mut "# Larm".as_bytes(), 100)?, Put::Written);
        assert_eq!(mirror.put("b.md", &mut "# B".as_bytes(), 100)?, Put::Written);
        assert_eq!(mirror.put("stor.md", &mut [b'x'; 101].as_slice(), 100)?, Put::TooLarge);
        let folder = mirror.finish()?;
        let time = fs::metadata(folder.join("a/larm.md"))?.modified()?;

        let mut mirror = Mirror::open(data.path(), "intranät.example", "https://intranät.example/")?;
        assert!(mirror.has("b.md") && !mirror.has("stor.md") && !mirror.is_empty());
        mirror.put("a/larm.md", &mut "# Larm".as_bytes(), 100)?;
        mirror.put("b.md/ny.md", &mut "# Ny".as_bytes(), 100)?;
        assert_eq!(mirror.finish()?, folder);
        assert_eq!(fs::metadata(folder.join("a/larm.md"))?.modified()?, time, "an unchanged file was touched");
        assert_eq!(fs::read_to_string(folder.join("b.md/ny.md"))?, "# Ny");

        let other = Mirror::open(data.path(), "intranät.example", "https://intranät.example/annat")?;
        assert_ne!(other.folder(), folder);
        Ok(())
    }
}
