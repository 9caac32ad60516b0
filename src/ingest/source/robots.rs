//! May an address be asked for, as far as its site says?

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use robotstxt::DefaultMatcher;

use super::address::Address;
use super::fetch::{AGENT, Answer, MOST_MOVES, get};

/// What a site says of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    Allowed,
    Forbidden,
    /// Its `robots.txt` cannot be had just now, and nothing else is asked for then.
    Unknown,
}

/// The `robots.txt` of each site that was asked for something.
#[derive(Debug, Default)]
pub(super) struct Robots {
    /// By scheme and host; `None` where it cannot be had.
    bodies: HashMap<String, Option<String>>,
}

impl Robots {
    /// The site's word on an address; `is_ours` says which hosts may be asked if its `robots.txt` is elsewhere.
    pub(super) fn word_on(
        &mut self,
        address: &Address,
        client: &ureq::Agent,
        is_ours: &dyn Fn(&Address) -> bool,
    ) -> Word {
        let body = self.bodies.entry(address.root().to_owned()).or_insert_with(|| fetch(address, client, is_ours));
        let Some(body) = body else { return Word::Unknown };
        let body = body.trim_start_matches('\u{feff}');
        let allowed = || DefaultMatcher::default().one_agent_allowed_by_robots(body, AGENT, address.as_str());
        match catch_unwind(AssertUnwindSafe(allowed)) {
            Ok(true) => Word::Allowed,
            Ok(false) | Err(_) => Word::Forbidden,
        }
    }
}

/// The `robots.txt` of an address's site, empty where there is none.
fn fetch(address: &Address, client: &ureq::Agent, is_ours: &dyn Fn(&Address) -> bool) -> Option<String> {
    let mut at = address.join("/robots.txt")?;
    for _ in 0..MOST_MOVES {
        match get(client, &at, None) {
            Answer::Whole { bytes, .. } => return Some(String::from_utf8_lossy(&bytes).into_owned()),
            Answer::Failed(_) => return None,
            Answer::Moved(to) if is_ours(&to) => at = to,
            // Sites with a login send everyone there, whatever was asked for.
            Answer::Moved(_) | Answer::Gone(_) | Answer::Refused(_) | Answer::Unchanged => break,
        }
    }
    Some(String::new())
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::net::TcpListener;

    use super::super::fetch::client;
    use super::*;

    #[test]
    fn rules_that_have_moved_count_unless_to_a_foreign_host() -> Result<(), Box<dyn std::error::Error>> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let root = format!("http://{}", listener.local_addr()?);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let first = BufReader::new(&stream).lines().next();
                let is_moved = first.is_some_and(|line| line.is_ok_and(|line| line.contains("/robots.txt")));
                let rules = "User-agent: *\nDisallow: /hemligt/\n";
                let reply = if is_moved {
                    "302 X\r\nLocation: /regler.txt\r\nContent-Length: 0\r\n\r\n".to_owned()
                } else {
                    format!("200 X\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{rules}", rules.len())
                };
                let _ = write!(stream, "HTTP/1.1 {}", reply.replacen("\r\n", "\r\nConnection: close\r\n", 1));
            }
        });
        let secret = Address::parse(&format!("{root}/hemligt/kod.html"))?;
        let open = Address::parse(&format!("{root}/rutiner/larm.html"))?;
        let mut robots = Robots::default();
        let mut ours = |address: &Address| robots.word_on(address, &client(), &|_| true);
        assert_eq!((ours(&secret), ours(&open)), (Word::Forbidden, Word::Allowed));
        assert_eq!(Robots::default().word_on(&secret, &client(), &|_| false), Word::Allowed);
        Ok(())
    }
}
