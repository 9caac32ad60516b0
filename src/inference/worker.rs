//! Who runs the models, and what happens when too many ask?
//!
//! Each model has a thread of its own behind a bounded queue: the generative one, which may take seconds, and the
//! embedding one, which must answer in milliseconds while the other writes. A full queue is an error at once, never a
//! wait without end; a receiver that is dropped cancels its work.
//!
//! The two never compute at the same moment: candle's kernels share one pool whose threads wait for each other in
//! tight loops, so that two users of it slow each other down ten times over (measured: a question's vector took 268 ms
//! instead of 20). The generative model gives way between two tokens, or between two pieces of a prompt.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::prompt_format::PromptFormat;
use super::{
    Embedder, Generation, GenerationRequest, Generator, InferenceError, RerankPassage, Reranker, Step, TextKind,
    Verdict, device,
};

/// Requests that may wait for the embedding model; each takes some ten milliseconds.
const EMBED_QUEUE: usize = 64;
/// Requests that may wait for the reranker; each takes some tenths of a second.
const RERANK_QUEUE: usize = 16;

/// Lets one model compute at a time, the embedding model first.
struct Turns {
    turn: Mutex<()>,
    urgent: AtomicUsize,
}

static TURNS: Turns = Turns { turn: Mutex::new(()), urgent: AtomicUsize::new(0) };

impl Turns {
    /// For work of milliseconds that someone waits for.
    fn urgent(&self) -> MutexGuard<'_, ()> {
        self.urgent.fetch_add(1, Ordering::SeqCst);
        let guard = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.urgent.fetch_sub(1, Ordering::SeqCst);
        guard
    }

    /// For one step of long work.
    fn patient(&self) -> MutexGuard<'_, ()> {
        while self.urgent.load(Ordering::SeqCst) > 0 {
            std::thread::sleep(Duration::from_micros(200));
        }
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a generative model tells the one who asked.
#[derive(Debug)]
pub enum GenerationEvent {
    /// The model has taken up the request.
    Started,
    /// It is reading the prompt, or has written a token that completes no text; for the one who asked, a chance to leave.
    Working,
    /// New text.
    Text(String),
    /// It is done; the last event.
    Done(Box<Generation>),
    /// It failed; the last event.
    Failed(InferenceError),
}

struct GenerateJob {
    request: GenerationRequest,
    events: UnboundedSender<GenerationEvent>,
}

/// A way to the generative model's thread; clones share it.
#[derive(Debug, Clone)]
pub struct GeneratorHandle {
    queue: SyncSender<GenerateJob>,
    state: Arc<OnceLock<Result<(), String>>>,
    name: Arc<str>,
    format: PromptFormat,
}

impl GeneratorHandle {
    /// Starts the thread, which loads the model first; at most `queue` requests wait for it.
    pub fn spawn(name: &str, path: PathBuf, format: PromptFormat, queue: usize) -> std::io::Result<Self> {
        let (sender, receiver) = sync_channel(queue);
        let state = Arc::new(OnceLock::new());
        let shared = Arc::clone(&state);
        let thread_name = name.to_owned();
        std::thread::Builder::new().name("generator".into()).spawn(move || {
            let started = std::time::Instant::now();
            match Generator::load(&path, &device()) {
                Ok(mut generator) => {
                    let turn = TURNS.patient();
                    if let Err(error) = generator.warm_up() {
                        tracing::warn!(%error, "the generator could not be warmed up");
                    }
                    drop(turn);
                    tracing::info!(model = thread_name, seconds = started.elapsed().as_secs_f32(), "generator ready");
                    let _ = shared.set(Ok(()));
                    serve_generator(generator, &receiver);
                }
                Err(error) => {
                    tracing::error!(model = thread_name, %error, "the generator could not be loaded");
                    let _ = shared.set(Err(error.to_string()));
                }
            }
        })?;
        Ok(Self { queue: sender, state, name: name.into(), format })
    }

    /// The model's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How the model wants a conversation to be laid out.
    pub fn format(&self) -> PromptFormat {
        self.format
    }

    /// `None` while the model is loading, then whether it could be loaded.
    pub fn state(&self) -> Option<Result<(), String>> {
        self.state.get().cloned()
    }

    /// Queues a request. Dropping the receiver cancels it.
    pub fn generate(&self, request: GenerationRequest) -> Result<UnboundedReceiver<GenerationEvent>, InferenceError> {
        let (events, receiver) = unbounded_channel();
        match self.queue.try_send(GenerateJob { request, events }) {
            Ok(()) => Ok(receiver),
            Err(TrySendError::Full(_)) => Err(InferenceError::Overloaded),
            Err(TrySendError::Disconnected(_)) => Err(InferenceError::Stopped),
        }
    }
}

fn serve_generator(mut generator: Generator, jobs: &Receiver<GenerateJob>) {
    while let Ok(GenerateJob { request, events }) = jobs.recv() {
        if events.is_closed() || events.send(GenerationEvent::Started).is_err() {
            continue;
        }
        let mut turn = Some(TURNS.patient());
        let outcome = generator.generate(&request, |step| {
            // Between two steps others may compute.
            drop(turn.take());
            turn = Some(TURNS.patient());
            let open = match step {
                Step::Read { .. } | Step::Text("") => events.send(GenerationEvent::Working).is_ok(),
                Step::Text(text) => events.send(GenerationEvent::Text(text.to_owned())).is_ok(),
            };
            if open { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        drop(turn);
        let last = match outcome {
            Ok(generation) => {
                tracing::debug!(
                    prompt = generation.prompt_tokens,
                    reused = generation.reused_tokens,
                    prefill_tokens_per_second = generation.prefill_speed(),
                    written = generation.tokens.len(),
                    decode_tokens_per_second = generation.decode_speed(),
                    "generated"
                );
                GenerationEvent::Done(Box::new(generation))
            }
            Err(error) => GenerationEvent::Failed(error),
        };
        let _ = events.send(last);
    }
}

/// A thread that computes one answer per job, in turn with the other models.
#[derive(Debug)]
struct Worker<J, R> {
    queue: SyncSender<(J, SyncSender<Result<R, InferenceError>>)>,
}

impl<J, R> Clone for Worker<J, R> {
    fn clone(&self) -> Self {
        Self { queue: self.queue.clone() }
    }
}

impl<J: Send + 'static, R: Send + 'static> Worker<J, R> {
    fn spawn(
        name: &str,
        queue: usize,
        work: impl Fn(J) -> Result<R, InferenceError> + Send + 'static,
    ) -> Result<Self, InferenceError> {
        let (sender, receiver) = sync_channel::<(J, SyncSender<Result<R, InferenceError>>)>(queue);
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                while let Ok((job, reply)) = receiver.recv() {
                    let _turn = TURNS.urgent();
                    let _ = reply.send(work(job));
                }
            })
            .map_err(|source| InferenceError::File { path: format!("{name} thread"), source })?;
        Ok(Self { queue: sender })
    }

    /// Waits for its turn, so it must not be called from an async task.
    fn call(&self, job: J) -> Result<R, InferenceError> {
        let (reply, answer) = sync_channel(1);
        match self.queue.try_send((job, reply)) {
            Ok(()) => answer.recv().map_err(|_| InferenceError::Stopped)?,
            Err(TrySendError::Full(_)) => Err(InferenceError::Overloaded),
            Err(TrySendError::Disconnected(_)) => Err(InferenceError::Stopped),
        }
    }
}

/// A way to the embedding model's thread; clones share it.
#[derive(Debug, Clone)]
pub struct EmbedderHandle {
    worker: Worker<(Vec<String>, TextKind), Vec<Vec<f32>>>,
    name: Arc<str>,
}

impl EmbedderHandle {
    /// Loads the model and starts its thread.
    pub fn spawn(name: &str, path: &Path) -> Result<Self, InferenceError> {
        let embedder = Embedder::load(path, &device())?;
        let worker = Worker::spawn("embedder", EMBED_QUEUE, move |(texts, kind): (Vec<String>, TextKind)| {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            embedder.embed(&texts, kind)
        })?;
        Ok(Self { worker, name: name.into() })
    }

    /// The model's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Unit vectors of the texts; waits for its turn, so it must not be called from an async task.
    pub fn embed(&self, texts: Vec<String>, kind: TextKind) -> Result<Vec<Vec<f32>>, InferenceError> {
        self.worker.call((texts, kind))
    }
}

/// A way to the reranker's thread; clones share it.
#[derive(Debug, Clone)]
pub struct RerankerHandle {
    worker: Worker<(String, Vec<RerankPassage>), Vec<Verdict>>,
    name: Arc<str>,
}

impl RerankerHandle {
    /// Loads the model and starts its thread.
    pub fn spawn(name: &str, path: &Path) -> Result<Self, InferenceError> {
        let reranker = Reranker::load(path, &device())?;
        let worker = Worker::spawn("reranker", RERANK_QUEUE, move |(question, passages): (String, Vec<_>)| {
            reranker.judge(&question, &passages)
        })?;
        Ok(Self { worker, name: name.into() })
    }

    /// The model's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// One verdict per passage; waits for its turn, so it must not be called from an async task.
    pub fn judge(&self, question: String, passages: Vec<RerankPassage>) -> Result<Vec<Verdict>, InferenceError> {
        self.worker.call((question, passages))
    }
}
