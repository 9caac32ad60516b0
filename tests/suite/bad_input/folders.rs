//! What becomes of odd names, links, pipes, and folders that cannot be looked through?

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use rutinlots::ingest::isolated::{Limits, ReadFailure};
use rutinlots::ingest::walk::{Found, IGNORE_FILE, identities, walk};
use rutinlots::ingest::{FileReader, LeftOutKind};

use super::{Outcome, left_out, process};

const TEXT: &str = "# Rutin för nycklar\n\nKvittera varje nyckel.\n";

fn write(path: &Path) -> std::io::Result<()> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::write(path, TEXT)
}

/// The state and sentence of what was skipped at a place.
fn skipped<'a>(found: &'a Found, place: &str) -> (LeftOutKind, &'a str) {
    let places: Vec<&str> = found.skipped.iter().map(|skipped| skipped.place.as_str()).collect();
    let hit = found.skipped.iter().find(|skipped| skipped.place == place);
    let hit = hit.unwrap_or_else(|| panic!("{place} is not among {places:?}"));
    (hit.left_out.kind, &hit.left_out.reason)
}

#[test]
fn odd_names_are_read_and_none_is_taken_for_another() -> Outcome {
    let folder = tempfile::tempdir()?;
    let long = format!("{}.md", "å".repeat(126));
    assert_eq!(long.len(), 255, "as long as a name can be");
    let names = [
        "rutin för å.md",
        // The same name as an Apple computer writes it.
        "rutin fo\u{308}r a\u{30a}.md",
        "rutin-for-a.md",
        "😀.md",
        "🚑.md",
        "två\nrader.md",
        "'; DROP TABLE.md",
        long.as_str(),
    ];
    for name in names {
        write(&folder.path().join(name))?;
    }
    let found = walk(&[folder.path().to_owned()]);
    assert_eq!(found.skipped, []);
    let places: HashSet<&str> = found.files.iter().map(|file| file.place.as_str()).collect();
    assert_eq!(places, HashSet::from(names));
    let ids: HashSet<_> = identities(&found.files).into_iter().collect();
    assert_eq!(ids.len(), names.len(), "{ids:?}");
    let reader = process(Limits::default());
    for file in &found.files {
        assert_eq!(reader.read(&file.path)?.blocks.len(), 2, "{}", file.place);
    }
    Ok(())
}

#[test]
fn a_file_that_goes_away_after_it_was_found_is_said_to_have_vanished() -> Outcome {
    let folder = tempfile::tempdir()?;
    write(&folder.path().join("rutin.md"))?;
    let found = walk(&[folder.path().to_owned()]);
    std::fs::remove_file(&found.files[0].path)?;
    for reader in [process(Limits::default()), FileReader::InProcess] {
        let gone = left_out(&reader, &found.files[0].path);
        assert_eq!(gone.kind, LeftOutKind::Vanished);
        assert!(gone.reason.contains("run the command again"), "{}", gone.reason);
        assert!(gone.kind.may_pass(), "it is looked for again the next time");
    }
    // A source that has gone is no empty folder.
    let lost = walk(&[folder.path().join("borta")]);
    assert_eq!(lost.skipped.iter().map(|skipped| skipped.left_out.kind).collect::<Vec<_>>(), [LeftOutKind::Vanished]);
    Ok(())
}

#[test]
fn rules_that_cannot_be_followed_are_told() -> Outcome {
    let folder = tempfile::tempdir()?;
    write(&folder.path().join("rutin.md"))?;
    std::fs::write(folder.path().join(IGNORE_FILE), "utkast/\n{\n")?;
    let found = walk(&[folder.path().to_owned()]);
    assert_eq!(found.files.len(), 1);
    assert!(found.skipped.iter().any(|skipped| skipped.left_out.reason.contains(IGNORE_FILE)), "{:?}", found.skipped);
    Ok(())
}

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;
    use std::process::Command;
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn links_pipes_and_devices_get_a_line_and_are_not_waited_for() -> Outcome {
        let folder = tempfile::tempdir()?;
        let at = |name: &str| folder.path().join(name);
        write(&at("riktig.md"))?;
        symlink(at("riktig.md"), at("genvag.md"))?;
        symlink(at("borta.md"), at("till-inget.md"))?;
        symlink(at("rundgang.md"), at("rundgang.md"))?;
        symlink(at("ett.md"), at("tva.md"))?;
        symlink(at("tva.md"), at("ett.md"))?;
        symlink(folder.path(), at("mapp-i-sig-sjalv"))?;
        symlink("/dev/zero", at("nollor.md"))?;
        let _socket = UnixListener::bind(at("uttag.md"))?;
        assert!(Command::new("mkfifo").arg(at("ror.md")).status()?.success());

        let started = Instant::now();
        let found = walk(&[folder.path().to_owned()]);
        let places: Vec<&str> = found.files.iter().map(|file| file.place.as_str()).collect();
        assert_eq!(places, ["genvag.md", "riktig.md"]);
        for (place, words) in [
            ("till-inget.md", "No such file"),
            ("rundgang.md", "Too many levels"),
            ("ett.md", "Too many levels"),
            ("tva.md", "Too many levels"),
            ("mapp-i-sig-sjalv", "link to a folder"),
            ("nollor.md", "a device"),
            ("uttag.md", "a socket"),
            ("ror.md", "a pipe"),
        ] {
            let (kind, reason) = skipped(&found, place);
            assert_eq!(kind, LeftOutKind::NotAFile, "{place}: {reason}");
            assert!(reason.contains(words), "{place}: {reason}");
        }
        assert_eq!(found.skipped.len(), 8, "{:?}", found.skipped);
        // They may have taken the place of a file since it was found.
        for name in ["ror.md", "nollor.md", "uttag.md"] {
            for reader in [process(Limits::default()), FileReader::InProcess] {
                let refused = reader.read(&at(name));
                assert!(matches!(refused, Err(ReadFailure::LeftOut(_))), "{name}");
            }
        }
        assert!(started.elapsed() < Duration::from_secs(20), "something was waited for");
        Ok(())
    }

    #[test]
    fn what_the_system_refuses_to_hand_out_gets_a_line() -> Outcome {
        let folder = tempfile::tempdir()?;
        write(&folder.path().join("riktig.md"))?;
        // A file that nobody may read from its beginning, whoever runs the test.
        symlink("/proc/self/mem", folder.path().join("minne.md"))?;
        let found = walk(&[folder.path().to_owned()]);
        assert_eq!(found.files.len(), 1);
        let (kind, reason) = skipped(&found, "minne.md");
        assert_eq!(kind, LeftOutKind::Unreadable);
        assert!(reason.contains("check the disk"), "{reason}");
        assert_eq!(left_out(&FileReader::InProcess, &folder.path().join("minne.md")).kind, LeftOutKind::Unreadable);
        Ok(())
    }

    #[test]
    fn names_that_are_not_utf_8_are_to_be_changed() -> Outcome {
        let folder = tempfile::tempdir()?;
        // As an old file server wrote them.
        write(&folder.path().join(OsStr::from_bytes(b"l\xe4kemedel.md")))?;
        write(&folder.path().join(OsStr::from_bytes(b"\xe4ldre/mat.md")))?;
        write(&folder.path().join("riktig.md"))?;
        let found = walk(&[folder.path().to_owned()]);
        assert_eq!(found.files.len(), 1);
        for place in ["l\u{fffd}kemedel.md", "\u{fffd}ldre/mat.md"] {
            let (kind, reason) = skipped(&found, place);
            assert_eq!(kind, LeftOutKind::BadName);
            assert!(reason.contains("rename it"), "{reason}");
        }
        Ok(())
    }

    /// Folders within folders until the system can no longer name what is innermost.
    #[test]
    fn folders_nested_beyond_reach_get_a_line_and_the_rest_is_found() -> Outcome {
        let folder = tempfile::tempdir()?;
        write(&folder.path().join("riktig.md"))?;
        // No path leads that far down, so one half is made elsewhere and moved into the other.
        let name = "mapp".repeat(25);
        let half = |top: PathBuf| -> std::io::Result<PathBuf> {
            let mut inner = top;
            for _ in 0..25 {
                inner.push(&name);
                write(&inner.join("x.md"))?;
            }
            Ok(inner)
        };
        let innermost = half(folder.path().to_owned())?;
        let elsewhere = tempfile::tempdir()?;
        half(elsewhere.path().to_owned())?;
        std::fs::rename(elsewhere.path().join(&name), innermost.join("djupare"))?;
        let found = walk(&[folder.path().to_owned()]);
        assert!(found.files.len() > 30, "{}", found.files.len());
        assert_eq!(found.skipped.len(), 1, "{:?}", found.skipped);
        assert_eq!(found.skipped[0].left_out.kind, LeftOutKind::Unreadable);
        assert!(found.skipped[0].place.starts_with(&name), "{}", found.skipped[0].place);
        Ok(())
    }
}
