//! Models that lie in a repository on the Hugging Face hub, for sites with a way to the internet.
//!
//! A file goes on where an earlier try broke off (HTTP ranges). A file without a pinned SHA-256 is held against the
//! one that the hub sends along, which is the hub's word and no more: the manifest should then be given the hash.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use super::super::catalogue::Manifest;
use super::{FetchError, Progress, check_hash};

/// Address of the hub; overridden by the variable that the hub's own tools read.
const HUB: &str = "https://huggingface.co";

pub(super) fn fetch(
    repository: &str,
    revision: &str,
    file: &str,
    manifest: &Manifest,
    staging: &Path,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<PathBuf, FetchError> {
    let endpoint = std::env::var("HF_ENDPOINT").unwrap_or_else(|_| HUB.to_owned());
    let address = format!("{}/{repository}/resolve/{revision}/{file}", endpoint.trim_end_matches('/'));
    let target = staging.join("hub");
    let mut done = fs::metadata(&target).map_or(0, |metadata| metadata.len());
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let with_token = |request: ureq::RequestBuilder<ureq::typestate::WithoutBody>| match std::env::var("HF_TOKEN") {
        Ok(token) => request.header("Authorization", format!("Bearer {token}")),
        Err(_) => request,
    };
    let hub = |error: ureq::Error| FetchError::Hub(error.to_string());
    let hash = hub_hash(&agent.head(&address).config().max_redirects(0).build().call().map_err(hub)?);
    let mut request = with_token(agent.get(&address));
    if done > 0 {
        request = request.header("Range", format!("bytes={done}-"));
    }
    let mut response = request.call().map_err(hub)?;
    match response.status().as_u16() {
        206 => {}
        200 => done = 0,
        416 => return finished(target, &manifest.file.name, hash.as_deref()),
        401 | 403 => {
            return Err(FetchError::Hub(format!(
                "access to {repository} must be granted first; accept its terms on the hub and set HF_TOKEN"
            )));
        }
        status => return Err(FetchError::Hub(format!("HTTP {status} for {repository}/{file}"))),
    }
    let length = response.headers().get("content-length").and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let total = manifest.file.size.or(length.map(|length| length + done));
    let mut out = fs::OpenOptions::new().create(true).append(done > 0).write(true).truncate(done == 0).open(&target);
    let out = out
        .as_mut()
        .map_err(|error| FetchError::Io { path: target.clone(), source: std::io::Error::from(error.kind()) })?;
    let mut body = response.body_mut().as_reader();
    let mut buffer = vec![0u8; 1 << 18];
    loop {
        let read = body.read(&mut buffer).map_err(|error| FetchError::Hub(format!("the connection broke: {error}")))?;
        if read == 0 {
            break;
        }
        out.write_all(&buffer[..read]).map_err(FetchError::io(&target))?;
        done += read as u64;
        on_progress(Progress::Downloaded { done, total });
    }
    finished(target, &manifest.file.name, hash.as_deref())
}

/// The SHA-256 that the hub states for a large file.
fn hub_hash(response: &ureq::http::Response<ureq::Body>) -> Option<String> {
    let tag = response.headers().get("x-linked-etag")?.to_str().ok()?.trim_matches('"').to_owned();
    (tag.len() == 64 && tag.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(tag)
}

fn finished(target: PathBuf, name: &str, hash: Option<&str>) -> Result<PathBuf, FetchError> {
    if let Some(hash) = hash {
        check_hash(&target, name, hash)?;
    }
    Ok(target)
}
