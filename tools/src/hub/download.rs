//! One file from the hub to disk. What came before a connection was cut is kept and continued.
//!
//! A URL names a commit, so its content never changes: a range needs no validator, the hash of the whole judges it.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use ureq::Body;
use ureq::http::Response;
use ureq::http::header::CONTENT_RANGE;

use super::address;
use super::client::Client;
use super::content::{Expected, Pin};
use super::error::HubError;
use super::retry::persist;

const BUFFER: usize = 64 << 10;
const REMEDY: &str = "the hub or a proxy serves something else than is listed: try later or another HF_ENDPOINT";

/// A file that is to come.
#[derive(Debug)]
pub(super) struct Download<'a> {
    pub(super) client: &'a Client<'a>,
    pub(super) url: String,
    /// The name that it gets when it is whole.
    pub(super) target: PathBuf,
    pub(super) expected: Expected,
}

impl Download<'_> {
    /// Fetches the file, or what is missing of it.
    pub(super) fn run(&self, report: &mut dyn FnMut(&str)) -> Result<Pin, HubError> {
        let mut name = self.target.clone().into_os_string();
        name.push(".partial");
        let partial = PathBuf::from(name);
        let pin = persist(&self.client.settings().patience, report, || self.attempt(&partial))?;
        fs::rename(&partial, &self.target).map_err(HubError::io(&self.target))?;
        Ok(pin)
    }

    fn attempt(&self, partial: &Path) -> Result<Pin, HubError> {
        let have = fs::metadata(partial).map_or(0, |found| found.len());
        let have = if have > self.expected.bytes { 0 } else { have };
        if have == 0 || have < self.expected.bytes {
            self.transfer(partial, have)?;
        }
        let place = address::shown(&self.url);
        match self.expected.check(partial, &place, REMEDY) {
            Err(error @ HubError::Content { .. }) => {
                remove(partial)?;
                // Only a file that came in one piece proves that the hub's content is wrong.
                let pieces = have > 0;
                Err(if pieces { HubError::Range { url: place, found: error.to_string() } } else { error })
            }
            other => other,
        }
    }

    /// Appends to the partial file, or writes it anew if the server does not continue.
    fn transfer(&self, partial: &Path, have: u64) -> Result<(), HubError> {
        let response = self.client.get(&self.url, have)?;
        let start = match response.status().as_u16() {
            200 => 0,
            206 if have > 0 && continues(&response, have, self.expected.bytes) => have,
            status => {
                remove(partial)?;
                let range = response.headers().get(CONTENT_RANGE).map(|range| format!(" {range:?}"));
                let found = format!("status {status}{}", range.unwrap_or_default());
                return Err(HubError::Range { url: address::shown(&self.url), found });
            }
        };
        let mut file = open_at(partial, start).map_err(HubError::io(partial))?;
        let transferred = self.copy(response, &mut file, partial, start);
        // What came is kept in any case: the next try goes on from it.
        file.sync_all().map_err(HubError::io(partial))?;
        transferred
    }

    fn copy(&self, response: Response<Body>, file: &mut File, partial: &Path, start: u64) -> Result<(), HubError> {
        let expected = self.expected.bytes;
        // One byte more than listed is enough to see that it is too long.
        let mut body = response.into_body().into_reader().take(expected - start + 1);
        let (mut buffer, mut found) = (vec![0; BUFFER], start);
        let cause = loop {
            match body.read(&mut buffer) {
                Ok(0) => break "the connection ended".to_owned(),
                Ok(read) => {
                    file.write_all(&buffer[..read]).map_err(HubError::io(partial))?;
                    found += read as u64;
                }
                Err(error) => break error.to_string(),
            }
        };
        if found > expected {
            remove(partial)?;
            let (place, expected) = (address::shown(&self.url), format!("{expected} bytes"));
            return Err(HubError::Content { place, expected, found: "more".to_owned(), remedy: REMEDY });
        }
        if found < expected {
            return Err(HubError::Truncated { url: address::shown(&self.url), cause, expected, found });
        }
        Ok(())
    }
}

/// The partial file, cut or extended to so many bytes, to be written from there.
fn open_at(partial: &Path, start: u64) -> io::Result<File> {
    let mut file = File::options().create(true).truncate(false).write(true).open(partial)?;
    file.set_len(start)?;
    file.seek(SeekFrom::Start(start))?;
    Ok(file)
}

/// Whether a partial reply goes on where the file ends.
fn continues(response: &Response<Body>, have: u64, total: u64) -> bool {
    let range = response.headers().get(CONTENT_RANGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let rest = range.strip_prefix("bytes ").and_then(|range| range.split_once('/'));
    let (Some((range, of)), Some(last)) = (rest, total.checked_sub(1)) else { return false };
    range == format!("{have}-{last}") && (of == "*" || of == total.to_string())
}

fn remove(partial: &Path) -> Result<(), HubError> {
    match fs::remove_file(partial) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(HubError::io(partial)(error)),
        _ => Ok(()),
    }
}
