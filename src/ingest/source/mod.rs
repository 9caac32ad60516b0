//! Where do documents come from, and how do they get within reach of the readers?
//!
//! A [`Source`] brings its documents to a folder on this machine, which is then walked like any other: a folder is that
//! already, a zip file is unpacked and a website is fetched to a [`mirror`] below the data folder. What becomes of the
//! files after that is the business of [`super::walk`] and the readers.

mod address;
mod fetch;
mod leftovers;
mod links;
mod mirror;
mod robots;
mod site;
mod watch;
mod zip_file;

use std::path::{Path, PathBuf};

pub use leftovers::leftover;
pub use site::SiteLimits;
pub use watch::{Alarm, Watch, WatchOptions};

use super::walk::Skipped;

/// Folder below the data folder for what is unpacked and fetched.
const FOLDER: &str = "sources";

/// What can go wrong with a source as a whole. A file of it that cannot be had is a [`Skipped`] instead.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The folder or file is not there.
    #[error("{0} does not exist")]
    Missing(PathBuf),
    /// The address is not one of a folder, a zip file or a website.
    #[error("{address:?} cannot be a source: {reason}")]
    BadAddress {
        /// As the operator wrote it.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The zip file cannot be unpacked.
    #[error("{path} cannot be unpacked: {reason}")]
    BadArchive {
        /// The zip file.
        path: PathBuf,
        /// Why, and what to do.
        reason: String,
    },
    /// The website gave nothing, and nothing was fetched from it before.
    #[error("{address} cannot be reached: {reason}")]
    Unreachable {
        /// As the operator wrote it.
        address: String,
        /// What the system or the site said.
        reason: String,
    },
    /// A file could not be read or written here.
    #[error("{path}: {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl SourceError {
    fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}

/// What a source has on this machine now.
#[derive(Debug, PartialEq, Eq)]
pub struct Brought {
    /// The folder (or file) to walk.
    pub folder: PathBuf,
    /// What could not be had, or was left where it was.
    pub skipped: Vec<Skipped>,
}

/// Something that documents come from.
pub trait Source: std::fmt::Debug + Send {
    /// As the operator wrote it.
    fn address(&self) -> &str;

    /// Brings what has changed within reach; `on_file` is told of each file. Files that are gone from the source are
    /// gone from the folder afterwards, files that cannot be had just now stay as they were.
    fn bring(&self, on_file: &mut dyn FnMut(&str)) -> Result<Brought, SourceError>;

    /// Whether it is there at all; brings nothing.
    fn reach(&self) -> Result<(), SourceError>;

    /// What to look at on this machine to see that something has changed; `None` if that cannot be seen from here.
    fn watched(&self) -> Option<&Path>;
}

/// The source at an address: `http(s)://...`, a `.zip` file, or else a folder or single file. `data` is the data
/// folder.
pub fn source(address: &str, data: &Path, limits: &SiteLimits) -> Result<Box<dyn Source>, SourceError> {
    let lower = address.to_lowercase();
    if lower.starts_with("http://") || lower.starts_with("https://") {
        return Ok(Box::new(site::Site::new(address, data, limits.clone())?));
    }
    let bad = |reason: &str| SourceError::BadAddress { address: address.to_owned(), reason: reason.to_owned() };
    if let Some((scheme, _)) = address.split_once("://") {
        return Err(bad(&format!("{scheme}:// is not supported; use a folder, a .zip file or http(s)://")));
    }
    let path = PathBuf::from(address);
    if !path.exists() {
        return Err(SourceError::Missing(path));
    }
    let is_zip = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("zip"));
    if path.is_file() && is_zip {
        return Ok(Box::new(zip_file::ZipFile::new(path, data)));
    }
    Ok(Box::new(Folder::new(path)))
}

/// A folder as it lies on disk, be it local, mounted or synchronised by another program.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    address: String,
}

impl Folder {
    /// A folder or single file.
    pub fn new(path: PathBuf) -> Self {
        let address = path.display().to_string();
        Self { path, address }
    }
}

impl Source for Folder {
    fn address(&self) -> &str {
        &self.address
    }

    fn bring(&self, _: &mut dyn FnMut(&str)) -> Result<Brought, SourceError> {
        self.reach()?;
        Ok(Brought { folder: self.path.clone(), skipped: Vec::new() })
    }

    fn reach(&self) -> Result<(), SourceError> {
        if self.path.exists() { Ok(()) } else { Err(SourceError::Missing(self.path.clone())) }
    }

    fn watched(&self) -> Option<&Path> {
        Some(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_apart() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().display().to_string();
        std::fs::write(folder.path().join("a.zip"), "")?;
        let kind = |address: &str| source(address, Path::new("data"), &SiteLimits::default());
        assert_eq!(kind(&path)?.watched(), Some(folder.path()));
        assert!(format!("{:?}", kind(&format!("{path}/a.zip"))?).starts_with("ZipFile"));
        assert!(format!("{:?}", kind("https://intranat.example/rutiner/")?).starts_with("Site"));
        assert!(matches!(kind("/nonexistent"), Err(SourceError::Missing(_))));
        assert!(matches!(kind("smb://server/share"), Err(SourceError::BadAddress { .. })));
        assert!(matches!(kind("http://"), Err(SourceError::BadAddress { .. })));
        Ok(())
    }
}
