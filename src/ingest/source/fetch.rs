//! How is one address asked for, and what can come back?

use std::io::Read;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use super::address::Address;

/// How the program presents itself; `robots.txt` can name it.
pub(super) const AGENT: &str = "Rutinlots";
/// Longest time for one address.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often a document may say that it is elsewhere.
pub(super) const MOST_MOVES: usize = 5;
/// Largest document that is fetched.
pub(super) const LARGEST: u64 = 200 << 20;
/// Where systems keep the certificates that they trust, those of the own network among them.
const TRUSTED: [&str; 3] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

/// What a site says of a file so that it need not be sent again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    pub(super) etag: Option<String>,
    pub(super) last_modified: Option<String>,
}

/// What came back.
#[derive(Debug)]
pub(super) enum Answer {
    /// The document; its kind as the site names it, without parameters and in small letters.
    Whole { kind: Option<String>, charset: Option<String>, bytes: Vec<u8>, stamp: Stamp },
    /// It has not changed since the stamp.
    Unchanged,
    /// It is elsewhere.
    Moved(Address),
    /// There is no such document any more.
    Gone(u16),
    /// The site does not give it to just anyone, or not in this way.
    Refused(u16),
    /// It cannot be had, at least not now.
    Failed(String),
}

/// A client for sources on the own network: straight to them, whatever proxy is set for the rest of the world.
pub(super) fn client() -> ureq::Agent {
    let mut config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .user_agent(format!("{AGENT}/{}", env!("CARGO_PKG_VERSION")))
        .timeout_connect(Some(Duration::from_secs(10)))
        .timeout_global(Some(PATIENCE));
    if let Some(trusted) = trusted() {
        config = config.tls_config(TlsConfig::builder().root_certs(trusted).build());
    }
    config.build().into()
}

/// The certificates that this system trusts, or those in the file that `SSL_CERT_FILE` names.
fn trusted() -> Option<RootCerts> {
    let named = std::env::var("SSL_CERT_FILE").ok();
    let pem = named.iter().map(String::as_str).chain(TRUSTED).find_map(|path| std::fs::read(path).ok())?;
    let certificates: Vec<Certificate<'static>> = parse_pem(&pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    (!certificates.is_empty()).then(|| RootCerts::new_with_certs(&certificates))
}

/// Asks for an address, with the stamp of what is here already.
pub(super) fn get(client: &ureq::Agent, address: &Address, stamp: Option<&Stamp>) -> Answer {
    let mut request = client.get(address.as_str());
    if let Some(stamp) = stamp {
        if let Some(etag) = &stamp.etag {
            request = request.header("If-None-Match", etag);
        }
        if let Some(time) = &stamp.last_modified {
            request = request.header("If-Modified-Since", time);
        }
    }
    let response = match request.call() {
        Ok(response) => response,
        Err(error) => return Answer::Failed(error.to_string()),
    };
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    match response.status().as_u16() {
        200 => {}
        304 => return Answer::Unchanged,
        status @ (404 | 410) => return Answer::Gone(status),
        301 | 302 | 303 | 307 | 308 => {
            let Some(location) = header("location") else { return Answer::Failed("it moved to nowhere".to_owned()) };
            return match address.join(&location) {
                Some(location) => Answer::Moved(location),
                None => Answer::Failed("it moved to what is no web address".to_owned()),
            };
        }
        status @ 400..500 if status != 429 => return Answer::Refused(status),
        status => return Answer::Failed(format!("the site answered {status}")),
    }
    let stamp = Stamp { etag: header("etag"), last_modified: header("last-modified") };
    let content_type = header("content-type").map(|value| value.to_lowercase());
    let mut parts = content_type.as_deref().unwrap_or_default().split(';').map(str::trim);
    let kind = parts.next().filter(|kind| !kind.is_empty()).map(str::to_owned);
    let charset = parts.find_map(|part| part.strip_prefix("charset=")).map(|name| name.trim_matches('"').to_owned());
    let mut bytes = Vec::new();
    let reader = response.into_body().into_with_config().limit(LARGEST + 1).reader();
    match reader.take(LARGEST + 1).read_to_end(&mut bytes) {
        Ok(_) if bytes.len() as u64 > LARGEST => Answer::Failed(format!("it has more than {} MB", LARGEST >> 20)),
        Ok(_) => Answer::Whole { kind, charset, bytes, stamp },
        Err(error) => Answer::Failed(format!("the connection broke: {error}")),
    }
}
