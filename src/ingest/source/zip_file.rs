//! How does a zip file become a folder, whoever made it?
//!
//! Its files are unpacked to a mirror below the data folder. Names cannot lead out of it, links are not made, and how
//! much may come out is limited in number, size and ratio, counted as it comes out and not as the file claims.

use std::borrow::Cow;
use std::fs::File;
use std::io::{Read, Take};
use std::path::{Path, PathBuf};

use zip::ZipArchive;
use zip::result::ZipError;

use super::mirror::{Mirror, Put};
use super::{Brought, Source, SourceError};
use crate::ingest::walk::Skipped;
use crate::ingest::{LeftOut, LeftOutKind};

/// Most files in an archive.
const MOST_FILES: usize = 20_000;
/// Largest file that is unpacked.
const LARGEST_FILE: u64 = 200 << 20;
/// Most bytes that are unpacked from one archive.
const MOST_BYTES: u64 = 8 << 30;
/// A file that is more than this many times larger than what it was packed to, and not small, is a bomb.
const HIGHEST_RATIO: u64 = 200;
/// Below this size a high ratio does no harm.
const SMALL: u64 = 10 << 20;

/// A zip file on this machine.
#[derive(Debug)]
pub(super) struct ZipFile {
    path: PathBuf,
    address: String,
    data: PathBuf,
}

impl ZipFile {
    pub(super) fn new(path: PathBuf, data: &Path) -> Self {
        let address = path.display().to_string();
        Self { path, address, data: data.to_owned() }
    }

    fn open(&self) -> Result<ZipArchive<File>, SourceError> {
        let file = File::open(&self.path).map_err(SourceError::io(&self.path))?;
        ZipArchive::new(file).map_err(|error| self.bad(explain(&error)))
    }

    fn bad(&self, reason: impl Into<String>) -> SourceError {
        SourceError::BadArchive { path: self.path.clone(), reason: reason.into() }
    }
}

impl Source for ZipFile {
    fn address(&self) -> &str {
        &self.address
    }

    fn bring(&self, on_file: &mut dyn FnMut(&str)) -> Result<Brought, SourceError> {
        let mut archive = self.open()?;
        if archive.len() > MOST_FILES {
            return Err(self.bad(format!("it holds {} files, more than {MOST_FILES}; divide it", archive.len())));
        }
        let stem = self.path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let place = std::path::absolute(&self.path).unwrap_or_else(|_| self.path.clone());
        let mut mirror = Mirror::open(&self.data, &stem, &place.display().to_string())?;
        let mut skipped = Vec::new();
        let mut left = MOST_BYTES;
        for index in 0..archive.len() {
            let name = archive.name_for_index(index).and_then(Result::ok);
            let name = name.map_or_else(|| format!("file {index}"), Cow::into_owned);
            let mut member = match archive.by_index(index) {
                Ok(member) => member,
                Err(error) => {
                    let reason = format!("it cannot be unpacked: {}", explain(&error));
                    skipped.push(Skipped { place: name, left_out: LeftOut::new(LeftOutKind::Damaged, reason) });
                    continue;
                }
            };
            // As in a folder: what is hidden is no document, nor is what a Mac puts beside its own files.
            if member.is_dir() || name.split(['/', '\\']).any(is_hidden) {
                continue;
            }
            on_file(&name);
            if member.is_symlink() {
                let reason = "it is a link; put the file itself into the zip file";
                skipped.push(Skipped { place: name, left_out: LeftOut::new(LeftOutKind::NotAFile, reason) });
                continue;
            }
            if member.enclosed_name().is_none() {
                let reason = "its name leads out of the zip file; pack it again with plain names";
                skipped.push(Skipped { place: name, left_out: LeftOut::new(LeftOutKind::BadName, reason) });
                continue;
            }
            let by_ratio = member.compressed_size().saturating_mul(HIGHEST_RATIO).max(SMALL);
            let limit = LARGEST_FILE.min(by_ratio);
            let mut content = Counted { inner: member.by_ref().take(limit.min(left) + 1), count: 0 };
            let put = mirror.put(&name, &mut content, limit.min(left));
            left = left.saturating_sub(content.count);
            if left == 0 {
                return Err(self.bad(format!("it unpacks to more than {} GB; divide it", MOST_BYTES >> 30)));
            }
            let left_out = match put {
                Ok(Put::Written) => continue,
                Ok(Put::TooLarge) if limit == by_ratio => LeftOut::new(
                    LeftOutKind::TooLarge,
                    "it unpacks to far more than it was packed to (a zip bomb) and was not unpacked; remove it",
                ),
                Ok(Put::TooLarge) => LeftOut::new(
                    LeftOutKind::TooLarge,
                    format!("it has more than {} MB and was not unpacked; divide it", LARGEST_FILE >> 20),
                ),
                Err(error) if is_ours(&error) => return Err(SourceError::io(mirror.folder())(error)),
                Err(error) => {
                    LeftOut::new(LeftOutKind::Damaged, format!("it cannot be unpacked ({error}); pack it again"))
                }
            };
            skipped.push(Skipped { place: name, left_out });
        }
        Ok(Brought { folder: mirror.finish()?, skipped })
    }

    fn reach(&self) -> Result<(), SourceError> {
        self.open().map(|_| ())
    }

    fn watched(&self) -> Option<&Path> {
        Some(&self.path)
    }
}

/// Whether a part of a member's name hides it.
fn is_hidden(part: &str) -> bool {
    part == "__MACOSX" || (part.starts_with('.') && part != "." && part != "..")
}

struct Counted<R> {
    inner: Take<R>,
    count: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.count += count as u64;
        Ok(count)
    }
}

/// Whether an error is of this machine's disk and not of the archive.
fn is_ours(error: &std::io::Error) -> bool {
    use std::io::ErrorKind;
    matches!(
        error.kind(),
        ErrorKind::StorageFull
            | ErrorKind::QuotaExceeded
            | ErrorKind::PermissionDenied
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::FileTooLarge
    )
}

fn explain(error: &ZipError) -> String {
    match error {
        ZipError::UnsupportedArchive(reason) => format!("{reason}; pack it again without a password, as plain zip"),
        error => format!("{error}; it may not have been copied whole"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::Write;

    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(path: &Path, members: &[(&str, &[u8])]) {
        let mut writer = zip::ZipWriter::new(File::create(path).unwrap());
        for (name, content) in members {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(content).unwrap();
        }
        writer.finish().unwrap();
    }

    #[test]
    fn members_are_unpacked_followed_and_kept_below() {
        let folder = tempfile::tempdir().unwrap();
        let (path, data) = (folder.path().join("rutiner.zip"), folder.path().join("data"));
        let documents: [(&str, &[u8]); 3] =
            [("hsl/larm å.md", b"# Larm"), ("../ute.md", b"# Ute"), ("mat.md", b"# Mat")];
        let hidden: [(&str, &[u8]); 2] = [("__MACOSX/._larm.docx", b"x"), (".mat.md", b"# Gammal mat")];
        archive(&path, &[&documents[..], &hidden].concat());
        let source = ZipFile::new(path.clone(), &data);
        let brought = source.bring(&mut |_| ()).unwrap();
        assert_eq!(std::fs::read_to_string(brought.folder.join("hsl/larm å.md")).unwrap(), "# Larm");
        let left: Vec<&str> = brought.skipped.iter().map(|skipped| skipped.place.as_str()).collect();
        assert_eq!(left, ["../ute.md"]);
        assert_eq!(std::fs::read_to_string(brought.folder.join("mat.md")).unwrap(), "# Mat");
        assert!(!brought.folder.join("__MACOSX").exists());
        assert!(!folder.path().join("ute.md").exists() && !data.join("ute.md").exists());

        // A new upload of the same name: what is gone from it is gone here.
        archive(&path, &[("mat.md", b"# Mat och dryck")]);
        let brought = source.bring(&mut |_| ()).unwrap();
        assert!(!brought.folder.join("hsl/larm å.md").exists());
        assert_eq!(std::fs::read_to_string(brought.folder.join("mat.md")).unwrap(), "# Mat och dryck");
    }

    #[test]
    fn bombs_links_and_broken_archives_are_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let (path, data) = (folder.path().join("bomb.zip"), folder.path().join("data"));
        let mut writer = zip::ZipWriter::new(File::create(&path).unwrap());
        writer.start_file("bomb.txt", SimpleFileOptions::default()).unwrap();
        writer.write_all(&vec![b' '; (SMALL + (1 << 20)) as usize]).unwrap();
        writer.add_symlink("länk.md", "/etc/passwd", SimpleFileOptions::default()).unwrap();
        writer.start_file("larm.md", SimpleFileOptions::default()).unwrap();
        writer.write_all(b"# Larm").unwrap();
        writer.finish().unwrap();
        let brought = ZipFile::new(path.clone(), &data).bring(&mut |_| ()).unwrap();
        assert!(brought.folder.join("larm.md").exists() && !brought.folder.join("bomb.txt").exists());
        let reasons: Vec<&str> = brought.skipped.iter().map(|skipped| skipped.left_out.reason.as_str()).collect();
        assert!(reasons[0].contains("zip bomb") && reasons[1].contains("link"), "{reasons:?}");

        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        assert!(matches!(ZipFile::new(path, &data).bring(&mut |_| ()), Err(SourceError::BadArchive { .. })));
    }
}
