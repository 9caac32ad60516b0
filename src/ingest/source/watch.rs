//! When have the sources changed, and when have they come to rest?
//!
//! The truth is a list of all files with size and time; the system's notices (or a timer, for network shares that give
//! none) only say when to look. A change is told when nothing has moved for a while, so that a burst is one change and
//! a file that is still being copied is not read. What does not come to rest within a minute is told to be left as it
//! was, so that it holds up nobody else.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant, SystemTime};

use notify::Watcher as _;

/// How long nothing may move before a change is told.
const REST: Duration = Duration::from_secs(2);
/// How long a change waits for files that do not come to rest.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often is looked although there was no notice, since the system may drop some, and how often at websites, which
/// give none.
const LOOK: Duration = Duration::from_mins(10);
/// How soon is looked again for a folder that is away, or after what a change asked for has failed; doubled each time.
const SOON: Duration = Duration::from_secs(30);

/// How sources are watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchOptions {
    /// Look this often instead of waiting for the system's notices.
    pub poll: Option<Duration>,
    /// How long nothing may move.
    pub rest: Duration,
    /// How long a change waits for files that do not come to rest.
    pub patience: Duration,
    /// How soon is looked again for a folder that is away, or after a failure; doubled each time.
    pub soon: Duration,
}

impl Default for WatchOptions {
    fn default() -> Self {
        Self { poll: None, rest: REST, patience: PATIENCE, soon: SOON }
    }
}

/// What has happened.
#[derive(Debug, PartialEq, Eq)]
pub enum Alarm {
    /// Files have changed and come to rest, but for those in the list.
    Changed(HashSet<PathBuf>),
    /// Nothing has changed that can be seen from here, but it is time to look at sources that are elsewhere.
    Look,
    /// The watch was told to end.
    Ended,
}

impl Alarm {
    /// The files that have not come to rest.
    pub fn restless(self) -> HashSet<PathBuf> {
        if let Self::Changed(restless) = self { restless } else { HashSet::new() }
    }
}

type Files = BTreeMap<PathBuf, (u64, Option<SystemTime>)>;

/// A watch over folders and files.
#[derive(Debug)]
pub struct Watch {
    paths: Vec<PathBuf>,
    options: WatchOptions,
    /// `None` after a failure, so that what is there is told again.
    known: Option<Files>,
    failures: u32,
    /// When sources that are elsewhere had their turn, by an alarm of either kind.
    looked: Instant,
    notices: Receiver<Notice>,
    bell: Sender<Notice>,
    /// Ends its thread when it is dropped.
    watcher: Option<notify::RecommendedWatcher>,
    /// Whether the system gives notice of all of them.
    noticed: bool,
}

#[derive(Debug)]
enum Notice {
    Moved,
    End,
}

impl Watch {
    /// Begins to watch; what is there now is not a change.
    pub fn new(paths: Vec<PathBuf>, options: WatchOptions) -> Self {
        let (bell, notices) = channel();
        let (watcher, looked) = (None, Instant::now());
        let mut watch =
            Self { paths, options, known: None, failures: 0, looked, notices, bell, watcher, noticed: false };
        // In this order, so that nothing changes between the look and the first notice.
        watch.listen();
        watch.known = Some(look(&watch.paths));
        watch
    }

    /// Asks the system for notices, anew where a folder may be another one than before.
    fn listen(&mut self) {
        if self.options.poll.is_none() {
            (self.watcher, self.noticed) = watcher(&self.paths, &self.bell);
        }
    }

    /// Takes down what came of a change; after a failure it is told again in a while.
    pub fn done(&mut self, succeeded: bool) {
        if succeeded {
            self.failures = 0;
        } else {
            self.failures += 1;
            self.known = None;
        }
    }

    /// How long to wait for a notice.
    fn patience(&self) -> Duration {
        let doubled = self.options.soon.saturating_mul(2u32.saturating_pow(self.failures.saturating_sub(1))).min(LOOK);
        self.options.poll.unwrap_or(if self.known.is_none() || !self.noticed { doubled } else { LOOK })
    }

    /// A way to end the watch from another thread.
    pub fn ender(&self) -> impl Fn() + Send + use<> {
        let bell = self.bell.clone();
        move || {
            let _ = bell.send(Notice::End);
        }
    }

    /// Waits for the next change, or until it is time to look at sources that are elsewhere: [`LOOK`], or the poll
    /// where that is longer.
    pub fn wait(&mut self) -> Alarm {
        loop {
            match self.notices.recv_timeout(self.patience()) {
                Ok(Notice::End) | Err(RecvTimeoutError::Disconnected) => return Alarm::Ended,
                Ok(Notice::Moved) | Err(RecvTimeoutError::Timeout) => {}
            }
            let now = look(&self.paths);
            if self.known.as_ref() != Some(&now) {
                return self.settle(now);
            }
            if let Some(ended) = self.ended() {
                return ended;
            }
            // Someone read a file, or it was the poll's turn: a website is not asked that often.
            if self.looked.elapsed() >= LOOK {
                self.looked = Instant::now();
                return Alarm::Look;
            }
        }
    }

    /// Waits until what has changed comes to rest.
    fn settle(&mut self, mut before: Files) -> Alarm {
        let began = Instant::now();
        loop {
            std::thread::sleep(self.options.rest);
            if let Some(ended) = self.ended() {
                return ended;
            }
            let now = look(&self.paths);
            let restless: HashSet<PathBuf> = now
                .iter()
                .filter(|(path, state)| before.get(*path) != Some(state))
                .map(|(path, _)| path.clone())
                .collect();
            let gone = before.keys().any(|path| !now.contains_key(path));
            if (restless.is_empty() && !gone) || began.elapsed() > self.options.patience {
                // The restless must be seen to change once more when they are whole.
                self.known = Some(now.into_iter().filter(|(path, _)| !restless.contains(path)).collect());
                self.listen();
                self.looked = Instant::now();
                return Alarm::Changed(restless);
            }
            before = now;
        }
    }

    /// Takes the notices that have piled up.
    fn ended(&self) -> Option<Alarm> {
        self.notices.try_iter().any(|notice| matches!(notice, Notice::End)).then_some(Alarm::Ended)
    }
}

/// The system's notices for the folders or those of them that it can watch, and whether that is all.
fn watcher(paths: &[PathBuf], bell: &Sender<Notice>) -> (Option<notify::RecommendedWatcher>, bool) {
    let bell = bell.clone();
    let on_event = move |event: notify::Result<notify::Event>| {
        // Reading a file is a notice too.
        if event.is_ok_and(|event| !event.kind.is_access()) {
            let _ = bell.send(Notice::Moved);
        }
    };
    let mut watcher = match notify::recommended_watcher(on_event) {
        Ok(watcher) => watcher,
        Err(error) => {
            tracing::warn!(%error, "the system gives no notice of changes; they are seen now and then (or use --poll)");
            return (None, false);
        }
    };
    let mut all = true;
    for path in paths {
        // A single file is replaced more often than written to; its folder is what tells.
        let path =
            if path.is_file() { path.parent().filter(|path| *path != Path::new("")) } else { Some(path.as_path()) };
        let path = path.unwrap_or(Path::new("."));
        if let Err(error) = watcher.watch(path, notify::RecursiveMode::Recursive) {
            tracing::warn!(%error, path = %path.display(), "changes here are seen now and then (or use --poll)");
            all = false;
        }
    }
    (Some(watcher), all)
}

/// All files with size and time of change.
fn look(paths: &[PathBuf]) -> Files {
    let mut files = Files::new();
    for path in paths {
        let walker = ignore::WalkBuilder::new(path).standard_filters(false).hidden(false).build();
        for entry in walker.flatten() {
            if let Ok(metadata) = entry.metadata()
                && !metadata.is_dir()
            {
                let path = std::path::absolute(entry.path()).unwrap_or_else(|_| entry.path().to_owned());
                files.insert(path, (metadata.len(), metadata.modified().ok()));
            }
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use super::*;

    fn options(poll: Option<u64>) -> WatchOptions {
        WatchOptions {
            poll: poll.map(Duration::from_millis),
            rest: Duration::from_millis(150),
            patience: Duration::from_millis(1500),
            soon: Duration::from_millis(300),
        }
    }

    #[test]
    fn a_burst_is_one_change_and_is_told_when_it_is_over() -> std::io::Result<()> {
        for poll in [None, Some(50)] {
            let folder = tempfile::tempdir()?;
            fs::write(folder.path().join("a.md"), "a")?;
            let mut watch = Watch::new(vec![folder.path().to_owned()], options(poll));
            let path = folder.path().to_owned();
            let writer = std::thread::spawn(move || -> std::io::Result<Instant> {
                for round in 0..8 {
                    fs::write(path.join(format!("ny{round}.md")), "ny")?;
                    std::thread::sleep(Duration::from_millis(60));
                }
                fs::remove_file(path.join("a.md"))?;
                Ok(Instant::now())
            });
            let mut alarm = watch.wait();
            while alarm == Alarm::Look {
                alarm = watch.wait();
            }
            let told = Instant::now();
            assert_eq!(alarm, Alarm::Changed(HashSet::new()));
            let over = writer.join().map_err(|_| std::io::Error::other("the writer panicked"))??;
            assert!(told > over, "told while files were still coming");
            // Nothing more is told of it.
            let end = watch.ender();
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(600));
                end();
            });
            let mut alarm = watch.wait();
            while alarm == Alarm::Look {
                alarm = watch.wait();
            }
            assert_eq!(alarm, Alarm::Ended);
        }
        Ok(())
    }

    #[test]
    fn a_file_that_never_rests_holds_up_nobody_and_is_told_when_it_rests() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let mut watch = Watch::new(vec![folder.path().to_owned()], options(Some(50)));
        let (path, growing) = (folder.path().to_owned(), folder.path().join("stor.pdf"));
        let file = growing.clone();
        let writer = std::thread::spawn(move || -> std::io::Result<()> {
            fs::write(path.join("klar.md"), "klar")?;
            let mut file = fs::File::create(file)?;
            for _ in 0..60 {
                file.write_all(b"mer")?;
                std::thread::sleep(Duration::from_millis(50));
            }
            Ok(())
        });
        let mut changes = Vec::new();
        while changes.len() < 2 {
            if let Alarm::Changed(restless) = watch.wait() {
                changes.push(restless);
            }
        }
        writer.join().map_err(|_| std::io::Error::other("the writer panicked"))??;
        let growing = std::path::absolute(growing)?;
        assert_eq!(changes.first(), Some(&HashSet::from([growing])));
        // With a writer this slow the last may again be told as restless; in the end it is told at rest.
        while changes.last().is_some_and(|restless| !restless.is_empty()) {
            if let Alarm::Changed(restless) = watch.wait() {
                changes.push(restless);
            }
        }
        Ok(())
    }

    #[test]
    fn a_poll_that_finds_nothing_tells_nothing() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("a.md"), "a")?;
        let mut watch = Watch::new(vec![folder.path().to_owned()], options(Some(50)));
        let end = watch.ender();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(500));
            end();
        });
        assert_eq!(watch.wait(), Alarm::Ended, "a website would have been asked");
        Ok(())
    }

    /// The next change within ten seconds.
    fn change(watch: &mut Watch) -> Option<Alarm> {
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(10) {
            match watch.wait() {
                Alarm::Look => {}
                alarm => return Some(alarm),
            }
        }
        None
    }

    #[test]
    fn a_folder_that_comes_back_is_seen_and_watched_again_and_failures_are_told_again() -> std::io::Result<()> {
        let scratch = tempfile::tempdir()?;
        let (folder, away) = (scratch.path().join("rutiner"), scratch.path().join("borta"));
        fs::create_dir(&folder)?;
        fs::write(folder.join("a.md"), "a")?;
        let mut watch = Watch::new(vec![folder.clone()], options(None));
        let changed = Some(Alarm::Changed(HashSet::new()));
        // Lost, as a network folder is; told although the system may give no notice of it.
        fs::rename(&folder, &away)?;
        fs::write(away.join("b.md"), "b")?;
        assert_eq!(change(&mut watch), changed);
        watch.done(false);
        assert_eq!(change(&mut watch), changed, "a failure is told again");
        watch.done(true);
        fs::rename(&away, &folder)?;
        assert_eq!(change(&mut watch), changed);
        watch.done(true);
        // The folder that came back is watched like the one before.
        fs::write(folder.join("c.md"), "c")?;
        assert_eq!(change(&mut watch), changed);
        Ok(())
    }
}
