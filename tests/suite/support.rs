//! What the tests share: models, one index of the sample routines, a server, and the program itself.

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use rutinlots::answer::Assistant;
use rutinlots::index::Index;
use rutinlots::index::build::{Options, Report, build as build_from};
use rutinlots::inference::catalogue::{Catalogue, Presence};
use rutinlots::inference::worker::{EmbedderHandle, GeneratorHandle, RerankerHandle};
use rutinlots::ingest::FileReader;
use rutinlots::ingest::source::{Folder, Source};
use rutinlots::retrieve::{Fitted, Retriever};
use rutinlots::server::{AppState, ServerConfig, router};

/// Why a test could not go on.
pub type Failure = Box<dyn Error>;
/// What a test returns.
pub type Outcome = Result<(), Failure>;

/// The embedding model that everything is tested with.
pub const EMBEDDER: &str = "rutinlots-e5";
/// The untuned embedding model, which reference values exist for.
pub const UNTUNED_EMBEDDER: &str = "multilingual-e5-small";
/// The reranker that everything is tested with.
pub const RERANKER: &str = "rutinlots-reranker";
/// The generative model that everything is tested with.
pub const GENERATOR: &str = "gemma-3-270m";

/// Lets one test compute at a time. The models share a pool of threads that spin while they wait, so that two tests at
/// once would slow each other down many times over, and nothing could be said of times.
pub fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A path within the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The folder with the sample routines.
pub fn corpus() -> PathBuf {
    repository("corpus/dokument")
}

/// An empty folder that is removed when the test is done.
pub fn scratch() -> Result<tempfile::TempDir, Failure> {
    Ok(tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?)
}

/// The folder that models lie in, as the program finds it when nobody says otherwise.
pub fn models_folder() -> PathBuf {
    if let Some(folder) = std::env::var_os("RUTINLOTS_MODELS") {
        return folder.into();
    }
    let data = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
    let data = data.or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".local/share")));
    data.unwrap_or_default().join("rutinlots/models")
}

/// The catalogue of that folder.
pub fn catalogue() -> Result<Catalogue, Failure> {
    Ok(Catalogue::load(&models_folder())?)
}

/// A model's file if it is there.
pub fn model_if_there(name: &str) -> Result<Option<PathBuf>, Failure> {
    let catalogue = catalogue()?;
    let manifest = catalogue.get(name)?;
    Ok((catalogue.presence(manifest) == Presence::Present).then(|| catalogue.path(manifest)))
}

/// A default model's file. Tests that need it must not pass without it.
pub fn model(name: &str) -> Result<PathBuf, Failure> {
    let Some(path) = model_if_there(name)? else {
        panic!(
            "the model {name} is not in {}; the tests run with real models: `cargo run --release -- models fetch`",
            models_folder().display()
        );
    };
    Ok(path)
}

/// The embedding model's thread, one for all tests.
pub fn embedder() -> Result<EmbedderHandle, Failure> {
    static EMBEDDER_THREAD: OnceLock<Result<EmbedderHandle, String>> = OnceLock::new();
    let path = model(EMBEDDER)?;
    let handle =
        EMBEDDER_THREAD.get_or_init(|| EmbedderHandle::spawn(EMBEDDER, &path).map_err(|error| error.to_string()));
    Ok(handle.clone()?)
}

/// The reranker's thread, one for all tests.
pub fn reranker() -> Result<RerankerHandle, Failure> {
    static RERANKER_THREAD: OnceLock<Result<RerankerHandle, String>> = OnceLock::new();
    let path = model(RERANKER)?;
    let handle =
        RERANKER_THREAD.get_or_init(|| RerankerHandle::spawn(RERANKER, &path).map_err(|error| error.to_string()));
    Ok(handle.clone()?)
}

/// The generative model's thread, one for all tests; ready when this returns.
pub fn generator() -> Result<GeneratorHandle, Failure> {
    static GENERATOR_THREAD: OnceLock<Result<GeneratorHandle, String>> = OnceLock::new();
    let path = model(GENERATOR)?;
    let format = catalogue()?.get(GENERATOR)?.prompt.ok_or("the manifest names no prompt format")?;
    let spawn = || GeneratorHandle::spawn(GENERATOR, path, format, 8).map_err(|error| error.to_string());
    let handle = GENERATOR_THREAD.get_or_init(spawn).clone()?;
    while handle.state().is_none() {
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(handle)
}

/// Builds an index of a folder in this process.
pub fn build(source: &Path, data: &Path) -> Result<Report, Failure> {
    build_with(&[source], data, &embedder()?)
}

/// Builds an index of folders in this process, with an embedding model of the test's own.
pub fn build_with(sources: &[&Path], data: &Path, embedder: &EmbedderHandle) -> Result<Report, Failure> {
    let folder = |path: &&Path| Box::new(Folder::new(path.to_path_buf())) as Box<dyn Source>;
    let sources: Vec<Box<dyn Source>> = sources.iter().map(folder).collect();
    Ok(build_from(&sources, data, embedder, &Options::new(FileReader::InProcess), &mut |_| ())?)
}

/// A data folder with an index of the sample routines. Built once; a later run takes over what has not changed.
pub fn lotsby() -> Result<PathBuf, Failure> {
    static LOTSBY: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let build_it = || -> Result<PathBuf, Failure> {
        // Each checkout has its own, since an index knows where its files lie. Two runs at once wait for each other.
        let checkout: String = env!("CARGO_MANIFEST_DIR").chars().filter(char::is_ascii_alphanumeric).collect();
        let data = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("lotsby-{checkout}"));
        std::fs::create_dir_all(&data)?;
        let lock = File::create(data.join("tests.lock"))?;
        lock.lock()?;
        let report = build(&corpus(), &data)?;
        // One file is damaged on purpose.
        let left_out: Vec<&str> = report.problems.iter().map(|problem| problem.place.as_str()).collect();
        if left_out != ["hemtjanst/tjanstebilar-hemtjanst.pdf"] {
            return Err(format!("sample routines were left out: {:?}", report.problems).into());
        }
        Ok(data)
    };
    Ok(LOTSBY.get_or_init(|| build_it().map_err(|error| error.to_string())).clone()?)
}

/// An assistant over the index of a data folder.
pub fn assistant(data: &Path, generator: Option<GeneratorHandle>) -> Result<Assistant, Failure> {
    let retriever = Retriever::new(Arc::new(Index::open(data)?), embedder()?, Fitted::built_in());
    Ok(Assistant::new(retriever.with_reranker(Some(reranker()?)), generator))
}

/// What a server answered.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: ureq::http::HeaderMap,
    pub bytes: Vec<u8>,
}

impl Reply {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub fn json(&self) -> Result<serde_json::Value, Failure> {
        serde_json::from_slice(&self.bytes).map_err(|error| format!("{error} in {:?}", self.text()).into())
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// A client that takes every status as an answer.
pub fn client() -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_global(Some(Duration::from_mins(2)));
    config.build().into()
}

/// Reads an answer to its end.
pub fn reply(response: ureq::http::Response<ureq::Body>) -> Result<Reply, Failure> {
    let (parts, body) = response.into_parts();
    let mut bytes = Vec::new();
    body.into_reader().read_to_end(&mut bytes)?;
    Ok(Reply { status: parts.status.as_u16(), headers: parts.headers, bytes })
}

/// `GET` of a path at an address.
pub fn get(address: SocketAddr, path: &str) -> Result<Reply, Failure> {
    reply(client().get(format!("http://{address}{path}")).call()?)
}

/// A server in this process. It stops when it is dropped.
pub struct Server {
    pub address: SocketAddr,
    runtime: Option<tokio::runtime::Runtime>,
}

impl Server {
    /// Serves a data folder on a free port of this machine.
    pub fn start(data: &Path, generator: Option<GeneratorHandle>) -> Result<Self, Failure> {
        let config = ServerConfig {
            data: data.to_owned(),
            organisation: "Lotsby kommun".to_owned(),
            contact: Some("Kvalitetsenheten".to_owned()),
            ..ServerConfig::default()
        };
        let state = AppState::new(assistant(data, generator)?, config);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))?;
        let address = listener.local_addr()?;
        runtime.spawn(async move { axum::serve(listener, router(state)).await });
        Ok(Self { address, runtime: Some(runtime) })
    }

    pub fn get(&self, path: &str) -> Result<Reply, Failure> {
        get(self.address, path)
    }

    /// Asks with a body that may be anything.
    pub fn post(&self, path: &str, accept: &str, body: &str) -> Result<Reply, Failure> {
        let request = client().post(format!("http://{}{path}", self.address));
        reply(request.header("Content-Type", "application/json").header("Accept", accept).send(body)?)
    }

    /// Asks a question and returns the JSON answer.
    pub fn ask(&self, question: &str) -> Result<serde_json::Value, Failure> {
        let body = serde_json::json!({ "question": question }).to_string();
        self.post("/api/v1/ask", "application/json", &body)?.json()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A question whose client has left may still wait for the model.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A server process that is ended with the test.
pub struct Serving {
    child: Child,
    pub address: SocketAddr,
}

impl Serving {
    /// Serves a data folder on a free port, with more arguments.
    pub fn start(data: &Path, more: &[&str]) -> Result<Self, Failure> {
        let mut command = program(data);
        command.args(["--generator", "none", "serve", "--listen", "127.0.0.1:0"]).args(more);
        command.stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let stderr = child.stderr.take().ok_or("no standard error")?;
        let mut lines = BufReader::new(stderr).lines();
        let mut seen = Vec::new();
        for line in lines.by_ref().map_while(Result::ok) {
            if let Some(address) = line.strip_prefix("serving on http://") {
                let address = address.trim().parse()?;
                // A full pipe would stop the server.
                std::thread::spawn(move || lines.for_each(drop));
                return Ok(Self { child, address });
            }
            seen.push(line);
        }
        child.kill()?;
        Err(format!("the server did not start: {seen:?}").into())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program, quiet and on the tests' models.
pub fn program(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rutinlots"));
    for name in
        ["RUTINLOTS_DATA", "RUTINLOTS_EMBEDDER", "RUTINLOTS_RERANKER", "RUTINLOTS_GENERATOR", "RUTINLOTS_LISTEN"]
    {
        command.env_remove(name);
    }
    command.env("RUTINLOTS_LOG", "warn").env("RUTINLOTS_MODELS", models_folder()).arg("--data").arg(data);
    command
}

/// The program building an index of a folder, to be waited for or killed.
pub fn start_build(source: &Path, data: &Path) -> Result<Child, Failure> {
    let mut command = program(data);
    command.args(["index", "--source"]).arg(source).stdout(Stdio::null()).stderr(Stdio::null());
    Ok(command.spawn()?)
}

/// Runs a command to its end: exit code, standard output and standard error.
pub fn run(command: &mut Command) -> Result<(i32, String, String), Failure> {
    let Output { status, stdout, stderr } = command.output()?;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ok((status.code().unwrap_or(-1), text(stdout), text(stderr)))
}
