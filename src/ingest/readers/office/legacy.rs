//! How is a document in an old binary format read?
//!
//! LibreOffice converts it, as a child process with a time limit and a profile of its own that is thrown away, so
//! that neither macros nor links nor an open window on the machine matter. Not here: reading the result.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::ingest::document::ReadError;
use crate::ingest::readers::format::Format;
use crate::ingest::readers::read_limited;

/// How a compound file (Word 97-2003, Excel 97-2003, an encrypted package) begins.
pub(in crate::ingest::readers) const OLE_MARK: &[u8] = b"\xd0\xcf\x11\xe0";
/// A conversion takes one or two seconds, and up to ten on a machine with much to do. Less than a reader process has
/// ([`crate::ingest::isolated`]), so that what LibreOffice starts is ended here.
const TIME_LIMIT: Duration = Duration::from_secs(50);
/// The program under the names that Linux distributions give it.
const PROGRAMS: &[&str] = &["soffice", "libreoffice"];

/// Settings of the throw-away profile: no macros, and nothing fetched that a document links to.
const PROFILE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop>
<prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop>
</item>
</oor:items>
"#;

/// Which old format a compound file holds.
pub(in crate::ingest::readers) fn kind_of(bytes: &[u8]) -> Result<Format, ReadError> {
    let has = |name: &str| contains(bytes, &wide(name));
    // A document of today's kinds that has a password lies in a compound file too.
    if has("EncryptedPackage") || (has("WordDocument") && word_is_encrypted(bytes)) {
        Err(ReadError::Encrypted)
    } else if has("WordDocument") {
        Ok(Format::Doc)
    } else if has("Workbook") || has("Book") {
        Ok(Format::Xls)
    } else if has("PowerPoint Document") {
        Ok(Format::Ppt)
    } else {
        Err(ReadError::Unsupported("compound file that holds no Word, Excel or PowerPoint document".to_owned()))
    }
}

/// A stream's name as the directory of a compound file has it: UTF-16 with a zero at its end.
fn wide(name: &str) -> Vec<u8> {
    name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    // Directory entries stand at multiples of 128.
    bytes.chunks(128).any(|entry| entry.starts_with(part))
}

/// Word's own header, at the start of a sector, has a flag for a password.
fn word_is_encrypted(bytes: &[u8]) -> bool {
    bytes.chunks(512).filter(|sector| sector.starts_with(b"\xec\xa5")).any(|sector| {
        let flags = sector.get(10..12).map_or(0, |flags| u16::from_le_bytes([flags[0], flags[1]]));
        flags & 0x0100 != 0
    })
}

/// Converts an old document to the package format of today.
pub(in crate::ingest::readers) fn convert(bytes: &[u8], format: Format) -> Result<Vec<u8>, ReadError> {
    convert_with(find_program().as_deref(), TIME_LIMIT, bytes, format)
}

fn convert_with(program: Option<&Path>, limit: Duration, bytes: &[u8], format: Format) -> Result<Vec<u8>, ReadError> {
    let (ending, target, package) = match format {
        Format::Rtf => ("rtf", "docx", "libreoffice-writer"),
        Format::Xls => ("xls", "xlsx", "libreoffice-calc"),
        Format::Ppt => ("ppt", "pptx", "libreoffice-impress"),
        _ => ("doc", "docx", "libreoffice-writer"),
    };
    let upper = target.to_uppercase();
    let Some(program) = program else {
        return Err(ReadError::NeedsProgram(format!(
            "files of the kind {ending:?} are read through LibreOffice, which is not on this machine; install \
             {package}, or save the file as {upper}"
        )));
    };
    let folder = tempfile::Builder::new().prefix("rutinlots-").tempdir()?;
    let source = folder.path().join(format!("document.{ending}"));
    std::fs::write(&source, bytes)?;
    let profile = folder.path().join("profile");
    std::fs::create_dir_all(profile.join("user"))?;
    std::fs::write(profile.join("user/registrymodifications.xcu"), PROFILE)?;
    let mut command = Command::new(program);
    command
        .arg(format!("-env:UserInstallation=file://{}", profile.display()))
        .args(["--headless", "--norestore", "--nolockcheck", "--nodefault", "--convert-to", target, "--outdir"])
        .args([folder.path(), &source])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let finished = run(command, limit)?;
    let converted = source.with_extension(target);
    match read_limited(&converted) {
        Ok(bytes) => Ok(bytes),
        Err(ReadError::TooLarge(reason)) => Err(ReadError::TooLarge(format!("{reason} as {upper}"))),
        Err(_) if !finished => Err(ReadError::NeedsProgram(format!(
            "LibreOffice did not convert the file within {} s; save it as {upper}",
            limit.as_secs()
        ))),
        Err(_) => Err(ReadError::NeedsProgram(format!(
            "LibreOffice could not convert the file: it is damaged, has a password, or {package} is not installed; \
             save it as {upper}"
        ))),
    }
}

/// The first of the program's names that is on the search path.
pub(crate) fn find_program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    PROGRAMS.iter().find_map(|name| folders.iter().map(|folder| folder.join(name)).find(|program| program.is_file()))
}

/// Runs a command to its end or to the time limit; says whether it ended by itself.
fn run(mut command: Command, limit: Duration) -> Result<bool, ReadError> {
    // The program is a script that starts others, and they all have to end.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn()?;
    let end = Instant::now() + limit;
    loop {
        if child.try_wait()?.is_some() {
            return Ok(true);
        }
        if Instant::now() >= end {
            stop(&mut child);
            return Ok(false);
        }
        std::thread::sleep(Duration::from_millis(30));
    }
}

/// Ends a child and those that it started.
fn stop(child: &mut Child) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        // It may have ended in the meantime, which is as good.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_the_program_the_error_says_what_to_install() {
        let error = convert_with(None, TIME_LIMIT, b"", Format::Doc).err().map(|error| error.to_string());
        assert_eq!(
            error.as_deref(),
            Some(
                "files of the kind \"doc\" are read through LibreOffice, which is not on this machine; install \
                 libreoffice-writer, or save the file as DOCX"
            )
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_program_that_hangs_is_stopped_with_what_it_started() -> std::io::Result<()> {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir()?;
        let program = folder.path().join("soffice");
        let mark = folder.path().join("late");
        std::fs::write(&program, format!("#!/bin/sh\n(sleep 2; touch '{}') &\nsleep 30\n", mark.display()))?;
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755))?;
        let start = Instant::now();
        let result = convert_with(Some(&program), Duration::from_millis(300), b"x", Format::Doc);
        assert!(matches!(&result, Err(ReadError::NeedsProgram(text)) if text.contains("within 0 s")), "{result:?}");
        assert!(start.elapsed() < Duration::from_secs(5));
        std::thread::sleep(Duration::from_millis(2_300));
        assert!(!mark.exists(), "what the program had started went on");
        Ok(())
    }

    #[test]
    fn compound_files_are_told_apart() {
        let file = |name: &str| {
            let mut bytes = OLE_MARK.to_vec();
            bytes.resize(512, 0);
            bytes.extend(wide(name));
            bytes
        };
        let mut locked = file("WordDocument");
        locked.resize(1024, 0);
        locked.extend(b"\xec\xa5\xc1\0\0\0\0\0\0\0\0\x13");
        assert!(matches!(kind_of(&locked), Err(ReadError::Encrypted)));
        assert!(matches!(kind_of(&file("EncryptedPackage")), Err(ReadError::Encrypted)));
        assert!(matches!(kind_of(&file("WordDocument")), Ok(Format::Doc)));
        assert!(matches!(kind_of(&file("Workbook")), Ok(Format::Xls)));
        assert!(matches!(kind_of(&file("__substg1.0_0037001F")), Err(ReadError::Unsupported(_))));
    }
}
