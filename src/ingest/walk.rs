//! Which files lie in the source folders?
//!
//! Every supported file below them, in a fixed order, with its SHA-256. A file named `.rutinlotsignore` (in the syntax
//! of `.gitignore`) leaves things out; hidden files are left out always. Nothing is read beyond what hashing needs.

use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::document::DocumentId;
use super::metadata::SideFile;
use super::readers::is_supported;
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
    /// SHA-256 of its contents in hexadecimal; of its contents and its side file's where it has one ([`SideFile`]).
    pub hash: String,
}

/// Something that could not be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Where it lies.
    pub place: String,
    /// Why, and what to do.
    pub reason: String,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// Files to index.
    pub files: Vec<SourceFile>,
    /// Files and folders that could not be read.
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
                Ok(entry) if entry.file_type().is_some_and(|kind| !kind.is_dir()) => {
                    take(&mut found, source, entry.path());
                }
                Ok(_) => {}
                Err(error) => {
                    found.skipped.push(Skipped { place: source.display().to_string(), reason: error.to_string() });
                }
            }
        }
    }
    found
}

fn take(found: &mut Found, source: &Path, path: &Path) {
    let below = path.strip_prefix(source).ok().filter(|below| !below.as_os_str().is_empty());
    let place = below.map_or_else(|| path.file_name().map(PathBuf::from).unwrap_or_default(), Path::to_path_buf);
    let place = place.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
    if !path.is_file() {
        let reason = "is a link to nothing or to a folder; put the file itself here".to_owned();
        found.skipped.push(Skipped { place, reason });
        return;
    }
    if SideFile::is_one(path) {
        // It belongs to its document's hash and is no document itself.
        if SideFile::document_of(path).is_none_or(|document| !document.is_file()) {
            let reason =
                "is a side file without its document; name it as the document with .meta.toml after it".to_owned();
            found.skipped.push(Skipped { place, reason });
        }
        return;
    }
    if !is_supported(path) {
        let reason = "is not of a kind that is read; supported are PDF, DOCX, HTML, Markdown and text".to_owned();
        found.skipped.push(Skipped { place, reason });
        return;
    }
    match hash_with_side_file(path) {
        Ok(hash) => {
            // The server may run in another folder than the one that indexed.
            let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
            found.files.push(SourceFile { path, place, hash });
        }
        Err(error) => found.skipped.push(Skipped { place, reason: format!("cannot be read: {error}") }),
    }
}

/// A changed side file makes a document as new as a changed text.
fn hash_with_side_file(path: &Path) -> std::io::Result<String> {
    let contents = sha256_of(path, |_| ())?;
    let Some(side) = SideFile::beside(path) else { return Ok(contents) };
    let side = sha256_of(&side, |_| ())?;
    Ok(hex(&Sha256::new().chain_update(contents).chain_update(side).finalize()))
}

/// Identities for files: the file's name where it is unique, else its whole place.
pub fn identities(files: &[SourceFile]) -> Vec<DocumentId> {
    let stem = |file: &SourceFile| {
        let name = file.place.rsplit('/').next().unwrap_or(&file.place);
        DocumentId::from_stem(name.rsplit_once('.').map_or(name, |(stem, _)| stem))
    };
    let stems: Vec<DocumentId> = files.iter().map(stem).collect();
    let unique = |id: &DocumentId| stems.iter().filter(|other| *other == id).count() == 1;
    files
        .iter()
        .zip(&stems)
        .map(|(file, id)| if unique(id) { id.clone() } else { DocumentId::from_stem(&file.place) })
        .collect()
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
    fn two_files_of_one_name_get_different_identities() {
        let file = |place: &str| SourceFile { path: place.into(), place: place.into(), hash: String::new() };
        let ids = identities(&[file("norra/nycklar.pdf"), file("sodra/nycklar.pdf"), file("fall.md")]);
        let ids: Vec<&str> = ids.iter().map(DocumentId::as_str).collect();
        assert_eq!(ids, ["norra-nycklar-pdf", "sodra-nycklar-pdf", "fall"]);
    }
}
