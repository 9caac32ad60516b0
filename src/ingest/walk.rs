//! Which files lie in the source folders?
//!
//! Every supported file below them, in a fixed order, with its SHA-256; and a line about everything else that lies
//! there and is left out. A file named `.rutinlotsignore` (in the syntax of `.gitignore`) leaves things out without a
//! line; hidden files are left out always. Nothing is read beyond what hashing needs.

use std::collections::HashMap;
use std::fs::{FileType, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::document::DocumentId;
use super::left_out::{LeftOut, LeftOutKind};
use super::metadata::SideFile;
use super::readers::{MAX_FILE_BYTES, is_supported, supported_kinds, too_large};
use super::source::leftover;
use crate::inference::catalogue::{hex, sha256_of};

/// Name of the file that says what is not to be indexed.
pub const IGNORE_FILE: &str = ".rutinlotsignore";

/// A file that may become a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Where it lies.
    pub path: PathBuf,
    /// Its place below its source folder, with `/` between folders.
    pub place: String,
    /// SHA-256 of its contents in hexadecimal; where it has a side file ([`SideFile`]), a `+` and that one's after it.
    pub hash: String,
}

/// Something that is left out before any reader has seen it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Its place below its source folder; the folder itself if that is what could not be looked at.
    pub place: String,
    /// Why.
    pub left_out: LeftOut,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// Files to index.
    pub files: Vec<SourceFile>,
    /// Files and folders that are left out.
    pub skipped: Vec<Skipped>,
}

/// Looks through the source folders (or single files). Symbolic links to folders are not followed.
pub fn walk(sources: &[PathBuf]) -> Found {
    let mut found = Found::default();
    for source in sources {
        let walker = ignore::WalkBuilder::new(source)
            .standard_filters(false)
            .hidden(true)
            .add_custom_ignore_filename(IGNORE_FILE)
            .sort_by_file_path(Ord::cmp)
            .build();
        for entry in walker {
            match entry {
                Ok(entry) => {
                    if let Some(error) = entry.error() {
                        let reason =
                            format!("the rules in {IGNORE_FILE} cannot all be followed ({error}); correct them");
                        let left_out = LeftOut::new(LeftOutKind::Unreadable, reason);
                        found.skipped.push(Skipped { place: place_of(source, entry.path()), left_out });
                    }
                    if entry.file_type().is_some_and(|kind| !kind.is_dir()) {
                        let place = place_of(source, entry.path());
                        match take(entry.path(), place.clone()) {
                            Ok(file) => found.files.extend(file),
                            Err(left_out) => found.skipped.push(Skipped { place, left_out }),
                        }
                    }
                }
                Err(error) => {
                    let place =
                        path_of(&error).map_or_else(|| source.display().to_string(), |path| place_of(source, path));
                    let left_out = match error.io_error() {
                        Some(error) => LeftOut::of_io(error),
                        None => LeftOut::new(LeftOutKind::Unreadable, error.to_string()),
                    };
                    found.skipped.push(Skipped { place, left_out });
                }
            }
        }
    }
    found
}

/// The place below the source, or the name for a source that is a single file.
fn place_of(source: &Path, path: &Path) -> String {
    let below = path.strip_prefix(source).ok().filter(|below| !below.as_os_str().is_empty());
    let place = below.map_or_else(|| path.file_name().map(PathBuf::from).unwrap_or_default(), Path::to_path_buf);
    place.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
        ignore::Error::Loop { child, .. } => Some(child),
        _ => None,
    }
}

/// `None` for a side file, which belongs to its document's hash and is no document itself.
fn take(path: &Path, place: String) -> Result<Option<SourceFile>, LeftOut> {
    let own = path.symlink_metadata().map_err(|error| LeftOut::of_io(&error))?;
    let metadata = if own.is_symlink() { target(path)? } else { own };
    if !metadata.is_file() {
        return Err(LeftOut::new(LeftOutKind::NotAFile, not_a_file(metadata.file_type())));
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if let Some(reason) = leftover(&name) {
        return Err(LeftOut::new(LeftOutKind::Leftover, reason));
    }
    if SideFile::is_one(path) {
        // One with capitals in its ending may be none that is read, and must not be passed over in silence.
        let is_read = |document: PathBuf| document.is_file() && SideFile::beside(&document).is_some();
        if SideFile::document_of(path).is_some_and(is_read) {
            return Ok(None);
        }
        let reason = "it is a side file without its document; name it as the document with .meta.toml after it";
        return Err(LeftOut::new(LeftOutKind::Leftover, reason));
    }
    if !is_supported(path) {
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        let kind = if ending.is_empty() { "without an ending".to_owned() } else { format!("of the kind {ending:?}") };
        let reason = format!(
            "files {kind} are not read, only {}; save it as one of them, or name it in a file {IGNORE_FILE}",
            supported_kinds()
        );
        return Err(LeftOut::new(LeftOutKind::Unsupported, reason));
    }
    if path.to_str().is_none() {
        let reason =
            "its name, or that of a folder above it, is not UTF-8 and cannot be stored or linked to; rename it";
        return Err(LeftOut::new(LeftOutKind::BadName, reason));
    }
    if metadata.len() > MAX_FILE_BYTES {
        return Err(too_large().into());
    }
    let hash = hash_with_side_file(path).map_err(|error| LeftOut::of_io(&error))?;
    // The server may run in another folder than the one that indexed.
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    Ok(Some(SourceFile { path, place, hash }))
}

/// Hash of the contents and, after a `+`, that of the side file: a changed side file makes a document as new as a
/// changed text, and the contents can still be told by their own hash.
fn hash_with_side_file(path: &Path) -> io::Result<String> {
    let contents = sha256_of(path, |_| ())?;
    let Some(side) = SideFile::beside(path) else { return Ok(contents) };
    Ok(format!("{contents}+{}", sha256_of(&side, |_| ())?))
}

/// What a symbolic link leads to.
fn target(path: &Path) -> Result<Metadata, LeftOut> {
    let metadata = path.metadata().map_err(|error| match error.kind() {
        io::ErrorKind::PermissionDenied => LeftOut::of_io(&error),
        // A circle, too, shows only in what the system says.
        _ => LeftOut::new(
            LeftOutKind::NotAFile,
            format!("it is a link that leads to nothing ({error}); put the file itself here, or remove the link"),
        ),
    })?;
    if metadata.is_dir() {
        let reason = "it is a link to a folder, and those are not followed; name that folder as a source of its own";
        return Err(LeftOut::new(LeftOutKind::NotAFile, reason));
    }
    Ok(metadata)
}

fn not_a_file(kind: FileType) -> String {
    #[cfg(unix)]
    let what = {
        use std::os::unix::fs::FileTypeExt as _;
        if kind.is_fifo() {
            "a pipe"
        } else if kind.is_socket() {
            "a socket"
        } else {
            "a device"
        }
    };
    #[cfg(not(unix))]
    let what = if kind.is_dir() { "a folder" } else { "not a file" };
    format!("it is {what} and holds no document; remove it, or name it in a file {IGNORE_FILE}")
}

/// Identities for files, no two the same: the file's name where it is unique, else its whole place, else that with
/// something of its place's or path's hash.
pub fn identities(files: &[SourceFile]) -> Vec<DocumentId> {
    let mut levels = vec![0; files.len()];
    loop {
        let ids: Vec<DocumentId> = files.iter().zip(&levels).map(|(file, level)| identity(file, *level)).collect();
        let mut counts: HashMap<&DocumentId, usize> = HashMap::with_capacity(ids.len());
        for id in &ids {
            *counts.entry(id).or_default() += 1;
        }
        let mut clash = false;
        for (id, level) in ids.iter().zip(&mut levels) {
            if counts.get(id).is_some_and(|count| *count > 1) && *level < LAST_LEVEL {
                *level += 1;
                clash = true;
            }
        }
        // What is still the same on the last level is one file that was named twice.
        if !clash {
            return ids;
        }
    }
}

const LAST_LEVEL: u8 = 3;

fn identity(file: &SourceFile, level: u8) -> DocumentId {
    let name = file.place.rsplit('/').next().unwrap_or(&file.place);
    let marked = |of: &[u8]| {
        let hash = hex(&Sha256::digest(of)[..4]);
        DocumentId::new(format!("{}-{hash}", DocumentId::from_stem(&file.place)))
    };
    match level {
        0 => DocumentId::from_stem(name.rsplit_once('.').map_or(name, |(stem, _)| stem)),
        1 => DocumentId::from_stem(&file.place),
        2 => marked(file.place.as_bytes()),
        _ => marked(file.path.as_os_str().as_encoded_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignored_hidden_and_unsupported_files_are_left_out() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent)?;
            }
            std::fs::write(path, text)
        };
        write("a/rutin å.md", "# A")?;
        write("a/bild.png", "x")?;
        write("utkast/b.md", "# B")?;
        write(".dold.md", "# C")?;
        write(IGNORE_FILE, "utkast/\n")?;
        let found = walk(&[folder.path().to_owned()]);
        let places: Vec<&str> = found.files.iter().map(|file| file.place.as_str()).collect();
        assert_eq!(places, ["a/rutin å.md"]);
        assert_eq!(found.skipped.len(), 1);
        assert_eq!(identities(&found.files)[0].as_str(), "rutin-a");
        Ok(())
    }

    #[test]
    fn a_side_file_is_part_of_its_document() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let (document, side) = (folder.path().join("nycklar.md"), folder.path().join("nycklar.md.meta.toml"));
        std::fs::write(&document, "# Nycklar")?;
        let look = || walk(&[folder.path().to_owned()]);
        let alone = look();
        std::fs::write(&side, "samling = \"Hemtjänst\"")?;
        let with = look();
        std::fs::write(&side, "samling = \"LSS\"")?;
        let changed = look();
        std::fs::remove_file(&document)?;
        let orphan = look();
        let hashes: Vec<&str> =
            [&alone, &with, &changed].iter().flat_map(|found| &found.files).map(|file| file.hash.as_str()).collect();
        assert_eq!(hashes.len(), 3);
        assert!(hashes[0] != hashes[1] && hashes[1] != hashes[2]);
        assert!(changed.skipped.is_empty());
        assert_eq!((orphan.files.len(), orphan.skipped.len()), (0, 1));
        Ok(())
    }

    #[test]
    fn a_side_file_that_is_not_read_is_reported() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("nycklar.md"), "# Nycklar")?;
        let side = folder.path().join("nycklar.md.META.TOML");
        std::fs::write(&side, "samling = \"LSS\"")?;
        let found = walk(&[folder.path().to_owned()]);
        // Where file systems tell no capitals from small letters it is read.
        let is_read = SideFile::beside(&folder.path().join("nycklar.md")).is_some();
        assert_eq!((found.files.len(), found.skipped.len()), (1, usize::from(!is_read)));
        Ok(())
    }

    #[test]
    fn two_files_of_one_name_get_different_identities() {
        let file = |place: &str| SourceFile { path: place.into(), place: place.into(), hash: String::new() };
        let ids = identities(&[file("norra/nycklar.pdf"), file("sodra/nycklar.pdf"), file("fall.md")]);
        let ids: Vec<&str> = ids.iter().map(DocumentId::as_str).collect();
        assert_eq!(ids, ["norra-nycklar-pdf", "sodra-nycklar-pdf", "fall"]);
    }

    #[test]
    fn names_that_fold_to_the_same_get_different_identities_all_the_same() {
        let file = |source: &str, place: &str| SourceFile {
            path: Path::new(source).join(place),
            place: place.into(),
            hash: String::new(),
        };
        let files = [
            file("/a", "rutin å.md"),
            file("/a", "rutin a\u{30a}.md"),
            file("/a", "rutin-a.md"),
            file("/b", "rutin-a.md"),
            file("/a", "😀.md"),
            file("/a", "🚑.md"),
            file("/a", "fall.md"),
        ];
        let ids = identities(&files);
        let distinct: std::collections::HashSet<&DocumentId> = ids.iter().collect();
        assert_eq!(distinct.len(), files.len(), "{ids:?}");
        assert_eq!(ids[6].as_str(), "fall");
        assert_eq!(ids, identities(&files));
    }
}
