//! What is left when a build is killed, the disk is full or cannot be written, or two builds want the same folder?
//!
//! Always an index that works: the old one or the new one, whole.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use rutinlots::index::Index;
use rutinlots::index::check::{State, check};
use rutinlots::inference::TextKind;

use crate::support::{Failure, Outcome, embedder, program, run, scratch, start_build, turn};

/// Builds that are killed.
const KILLS: u32 = 100;

/// A source whose every document carries the mark, so that old and new cannot be mixed up.
fn marked(source: &Path, mark: &str) -> Outcome {
    fs::create_dir_all(source)?;
    for (name, subject) in [("larm", "Larmet går"), ("mat", "Maten serveras"), ("tvatt", "Tvätten sorteras")] {
        let text = format!("---\ntitel: {name} {mark}\n---\n\n## Syfte\n\n{subject} efter märket {mark}.\n");
        fs::write(source.join(format!("{name}.md")), text)?;
    }
    Ok(())
}

/// Opens the index, searches it, and makes sure that everything in it carries one of the marks, the same everywhere.
fn mark_in_use<'a>(data: &Path, marks: &[&'a str]) -> Result<&'a str, Failure> {
    let index = Index::open(data)?;
    if index.documents().len() != 3 {
        return Err(format!("{} documents instead of 3", index.documents().len()).into());
    }
    let vector = embedder()?.embed(vec!["När går larmet?".to_owned()], TextKind::Query)?.remove(0);
    let best = index.nearest(&vector, 3).first().map(|hit| hit.number).ok_or("nothing was found")?;
    let stems = index.passage_frequencies(&["larm".to_owned()])?;
    if stems.first().is_none_or(|count| *count == 0) {
        return Err("the word index does not know what is in the text".into());
    }
    let best = index.passage(rutinlots::index::PassageNumber(best as u32))?.ok_or("what was found is gone")?;
    let whole = |mark: &&&str| -> bool {
        let carries = |text: &str| text.contains(&format!("märket {mark}."));
        carries(&best.passage.text)
            && index.documents().iter().all(|head| {
                index.blocks(head.number).is_ok_and(|blocks| blocks.iter().any(|block| carries(&block.text)))
            })
    };
    marks.iter().find(whole).copied().ok_or_else(|| "the index is neither the old nor the new one".into())
}

/// A small linear congruential generator: the same delays on every run.
struct Delays(u64);

impl Delays {
    /// A fraction from 0 to 1.
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as f64 / f64::from(1u32 << 31)
    }
}

#[test]
fn an_index_survives_a_hundred_killed_builds() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let (source, data) = (folder.path().join("rutiner"), folder.path().join("data"));
    marked(&source, "omgång0")?;
    let started = Instant::now();
    assert!(start_build(&source, &data)?.wait()?.success());
    let whole = started.elapsed();
    let mut mark = "omgång0".to_owned();
    let mut delays = Delays(2026);
    let (mut killed, mut finished, mut while_writing) = (0, 0, 0);
    let mut round = 0;
    while killed < KILLS && round < 4 * KILLS {
        round += 1;
        let new = format!("omgång{round}");
        marked(&source, &new)?;
        let before = fs::read_dir(data.join("generations"))?.count();
        let mut child = start_build(&source, &data)?;
        if round % 2 == 0 {
            // From the moment that something is written on, which is a short stretch at the end.
            let deadline = Instant::now() + whole * 10;
            while fs::read_dir(data.join("generations"))?.count() <= before
                && child.try_wait()?.is_none()
                && Instant::now() < deadline
            {
                std::thread::sleep(Duration::from_micros(200));
            }
            std::thread::sleep(Duration::from_secs_f64(delays.next() * 0.05));
        } else {
            std::thread::sleep(whole.mul_f64(delays.next()));
        }
        child.kill()?;
        let was_killed = !child.wait()?.success();
        killed += u32::from(was_killed);
        let unfinished = fs::read_dir(data.join("generations"))?.count() > before;
        while_writing += u32::from(was_killed && unfinished);
        let in_use = mark_in_use(&data, &[&mark, &new]).map_err(|error| format!("round {round}: {error}"))?.to_owned();
        finished += u32::from(in_use == new);
        mark = in_use;
    }
    println!(
        "{killed} of {round} killed, {while_writing} of them while writing; {finished} had come into use; {whole:?} \
         each"
    );
    assert!(killed >= KILLS, "only {killed} of {round} builds were killed in time");
    assert!(while_writing >= 5, "only {while_writing} builds were killed while they wrote");
    // The next one works and clears up, and everything is as it was written.
    marked(&source, "slutet")?;
    assert!(start_build(&source, &data)?.wait()?.success());
    assert_eq!(mark_in_use(&data, &["slutet"])?, "slutet");
    assert!(fs::read_dir(data.join("generations"))?.count() <= 2);
    let (findings, _) = check(&data);
    assert!(findings.iter().all(|finding| finding.state == State::Ok), "{findings:#?}");
    Ok(())
}

/// A wrapper with another command, arguments and environment, after its own arguments.
fn under(mut wrapper: Command, plain: &Command) -> Command {
    wrapper.arg(plain.get_program()).args(plain.get_args());
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => wrapper.env(name, value),
            None => wrapper.env_remove(name),
        };
    }
    wrapper
}

/// The program under a shell that limits it first.
fn limited(prepare: &str, data: &Path, source: &Path) -> Result<(i32, String, String), Failure> {
    let mut plain = program(data);
    plain.args(["index", "--source"]).arg(source);
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("{prepare}; exec \"$0\" \"$@\""));
    run(&mut under(command, &plain))
}

#[test]
fn a_build_that_cannot_write_leaves_the_index_in_use_and_says_so() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let (source, data) = (folder.path().join("rutiner"), folder.path().join("data"));
    marked(&source, "gamla")?;
    assert!(start_build(&source, &data)?.wait()?.success());
    marked(&source, "nya")?;
    // Files may not grow beyond so many blocks of 512 bytes: each limit stops another file of the index.
    let mut failed = 0;
    for blocks in [0, 1, 2, 4, 8, 16, 24, 40, 64] {
        let (code, _, stderr) = limited(&format!("trap '' XFSZ; ulimit -f {blocks}"), &data, &source)?;
        if code == 0 {
            break;
        }
        failed += 1;
        assert_eq!(code, 1, "{blocks}: {stderr}");
        assert!(stderr.contains("the new index could not be written"), "{blocks}: {stderr}");
        assert!(stderr.contains("(g000001) is as it was"), "{blocks}: {stderr}");
        assert_eq!(mark_in_use(&data, &["gamla", "nya"])?, "gamla", "{blocks}");
        assert_eq!(fs::read_dir(data.join("generations"))?.count(), 1, "{blocks}: something was left lying");
    }
    assert!(failed >= 4, "only {failed} limits stopped a build");
    assert!(start_build(&source, &data)?.wait()?.success());
    assert_eq!(mark_in_use(&data, &["nya"])?, "nya");
    Ok(())
}

/// Takes the right to write away from a folder and all below it, and gives it back when it is dropped.
struct ReadOnly(PathBuf);

impl ReadOnly {
    fn make(path: &Path) -> Result<Self, Failure> {
        set_writable(path, false)?;
        Ok(Self(path.to_owned()))
    }
}

impl Drop for ReadOnly {
    fn drop(&mut self) {
        let _ = set_writable(&self.0, true);
    }
}

fn set_writable(path: &Path, writable: bool) -> Outcome {
    let mut command = Command::new("chmod");
    let status = command.args(["-R", if writable { "u+w" } else { "a-w" }]).arg(path).status()?;
    if status.success() { Ok(()) } else { Err("chmod failed".into()) }
}

/// The arguments as a process that has no right to overrule permissions, as root has.
fn without_privilege(plain: &Command) -> Result<Command, Failure> {
    let is_root = String::from_utf8(Command::new("id").arg("-u").output()?.stdout)?.trim() == "0";
    let mut command = Command::new(if is_root { "setpriv" } else { "env" });
    if is_root {
        command.args(["--bounding-set=-dac_override,-dac_read_search", "--"]);
    }
    Ok(under(command, plain))
}

#[test]
fn a_folder_that_cannot_be_written_is_searched_and_stays_as_it_is() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let (source, data) = (folder.path().join("rutiner"), folder.path().join("data"));
    marked(&source, "gamla")?;
    assert!(start_build(&source, &data)?.wait()?.success());
    marked(&source, "nya")?;
    let _read_only = ReadOnly::make(&data)?;
    let mut index = program(&data);
    index.args(["index", "--source"]).arg(&source);
    let (code, _, stderr) = run(&mut without_privilege(&index)?)?;
    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains("must be writable") && stderr.contains("(g000001) is as it was"), "{stderr}");
    let mut search = program(&data);
    search.args(["--reranker", "none", "search", "larm"]);
    let (code, stdout, stderr) = run(&mut without_privilege(&search)?)?;
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("märket gamla"), "{stdout}");
    Ok(())
}

/// Runs the program in a mount namespace of its own, where the data folder lies on a small disk. `ready` is what is done
/// to that disk before, `after` is where its contents are copied to afterwards. `None` where the system forbids that.
fn on_a_small_disk(
    kilobytes: u64,
    ready: &str,
    data: &Path,
    after: &Path,
    arguments: &[&OsStr],
) -> Result<Option<(i32, String, String)>, Failure> {
    let allowed = Command::new("unshare").args(["-rm", "mount", "-t", "tmpfs", "none", "/mnt"]).output();
    if !allowed.is_ok_and(|tried| tried.status.success()) {
        eprintln!("NOT TESTED: this system lets nobody mount a small disk (unshare -rm)");
        return Ok(None);
    }
    let copy = data.with_extension("kopia");
    let _ = fs::remove_dir_all(&copy);
    let _ = fs::remove_dir_all(after);
    assert!(Command::new("cp").arg("-a").arg(data).arg(&copy).status()?.success());
    let script = format!(
        "set -e; mount -t tmpfs -o size={kilobytes}k none \"$1\"; cp -a \"$2/.\" \"$1/\"; {ready}; \
         set +e; out=\"$3\"; data=\"$1\"; shift 3; \"$@\"; code=$?; cp -a \"$data\" \"$out\"; exit $code"
    );
    let plain = program(data);
    let mut command = Command::new("unshare");
    command.args(["-rm", "sh", "-c", &script, "sh"]).arg(data).arg(&copy).arg(after);
    let mut command = under(command, &plain);
    Ok(Some(run(command.args(arguments))?))
}

/// Kilobytes that a folder takes on a disk of pages.
fn kilobytes(folder: &Path) -> Result<u64, Failure> {
    let mut sum = 4;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        sum +=
            if entry.path().is_dir() { kilobytes(&entry.path())? } else { entry.metadata()?.len().div_ceil(4096) * 4 };
    }
    Ok(sum)
}

#[test]
fn a_full_disk_leaves_the_index_in_use() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let (source, data) = (folder.path().join("rutiner"), folder.path().join("data"));
    marked(&source, "gamla")?;
    assert!(start_build(&source, &data)?.wait()?.success());
    marked(&source, "nya")?;
    let (after, taken) = (folder.path().join("efter"), kilobytes(&data)?);
    let arguments = [OsStr::new("index"), OsStr::new("--source"), source.as_os_str()];
    let rooms = [0, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 2048];
    for (failed, free) in rooms.into_iter().enumerate() {
        let Some((code, _, stderr)) = on_a_small_disk(taken + free, ":", &data, &after, &arguments)? else {
            return Ok(());
        };
        if code == 0 {
            assert_eq!(mark_in_use(&after, &["gamla", "nya"])?, "nya");
            assert!(failed >= 4, "only {failed} disks were too small");
            return Ok(());
        }
        assert_eq!(code, 1, "{free} kB free: {stderr}");
        assert!(stderr.contains("the new index could not be written"), "{free} kB free: {stderr}");
        assert!(stderr.contains("(g000001) is as it was"), "{free} kB free: {stderr}");
        assert_eq!(mark_in_use(&after, &["gamla", "nya"])?, "gamla", "{free} kB free");
        assert_eq!(fs::read_dir(after.join("generations"))?.count(), 1, "{free} kB free: something was left lying");
    }
    Err("two megabytes were too little".into())
}

#[test]
fn a_disk_that_is_mounted_read_only_is_searched_and_stays_as_it_is() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let (source, data) = (folder.path().join("rutiner"), folder.path().join("data"));
    marked(&source, "gamla")?;
    assert!(start_build(&source, &data)?.wait()?.success());
    marked(&source, "nya")?;
    let (after, ready) = (folder.path().join("efter"), "mount -o remount,ro \"$1\"");
    let index = [OsStr::new("index"), OsStr::new("--source"), source.as_os_str()];
    let Some((code, _, stderr)) = on_a_small_disk(4096, ready, &data, &after, &index)? else { return Ok(()) };
    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains("must be writable") && stderr.contains("(g000001) is as it was"), "{stderr}");
    assert_eq!(mark_in_use(&after, &["gamla", "nya"])?, "gamla");
    let search = ["--reranker", "none", "search", "larm"].map(OsStr::new);
    let Some((code, stdout, stderr)) = on_a_small_disk(4096, ready, &data, &after, &search)? else { return Ok(()) };
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("märket gamla"), "{stdout}");
    Ok(())
}

#[test]
fn two_builds_do_not_meet_and_a_killed_one_holds_up_nobody() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let (source, data) = (folder.path().join("rutiner"), folder.path().join("data"));
    marked(&source, "gamla")?;
    assert!(start_build(&source, &data)?.wait()?.success());
    marked(&source, "nya")?;
    let holder = fs::File::open(data.join("build.lock"))?;
    holder.lock()?;
    let mut command = program(&data);
    command.args(["index", "--source"]).arg(&source);
    let (code, _, stderr) = run(&mut command)?;
    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains("is building an index in"), "{stderr}");
    assert_eq!(mark_in_use(&data, &["gamla", "nya"])?, "gamla");
    drop(holder);

    // Two at the same time: one builds, the other is told to wait or finds everything done.
    let mut children = [start_build(&source, &data)?, start_build(&source, &data)?];
    let mut codes = Vec::new();
    for child in &mut children {
        codes.push(child.wait()?.code().unwrap_or(-1));
    }
    assert!(codes.contains(&0) && codes.iter().all(|code| [0, 1].contains(code)), "{codes:?}");
    assert_eq!(mark_in_use(&data, &["nya"])?, "nya");
    Ok(())
}
