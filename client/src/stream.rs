//! A node's stream of events, as the client of it reads them: each once, and on from where it broke off.

use std::io::{self, BufRead, BufReader, Read};

use serde_json::Value;

/// Longest line that is read: a transaction is at most a part of it.
const LINE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// What a node says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// `height.sequence`; what a node says of the stream itself has none.
    pub id: Option<String>,
    /// `block`, `tx`, a kind such as `token.transferred`, or what is said of the stream itself.
    pub kind: String,
    /// What happened.
    pub data: Value,
}

/// A stream while it lasts.
pub struct Stream<R> {
    lines: BufReader<R>,
    /// The last event that was passed, wanted or not: where to go on.
    pub last_id: Option<String>,
}

impl<R: Read> Stream<R> {
    /// Reads what comes, of a stream that goes on after this event.
    pub fn new(body: R, last_id: Option<String>) -> Self {
        Self { lines: BufReader::new(body), last_id }
    }

    /// The next event, once there is one; `None` when the node ends the stream.
    pub fn next_event(&mut self) -> io::Result<Option<Event>> {
        let (mut id, mut kind, mut data) = (None, String::new(), String::new());
        loop {
            let mut line = String::new();
            let read = (&mut self.lines).take(LINE_BYTES_MAX).read_line(&mut line)?;
            if read == 0 {
                return Ok(None);
            }
            let Some(line) = line.strip_suffix('\n') else {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "the stream broke off within a line"));
            };
            let line = line.trim_end_matches('\r');
            if line.is_empty() {
                self.last_id = id.clone().or(self.last_id.take());
                if data.is_empty() {
                    (id, kind) = (None, String::new());
                    continue;
                }
                let data = serde_json::from_str(&data)
                    .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
                return Ok(Some(Event { id, kind, data }));
            }
            let (field, text) = line.split_once(':').unwrap_or((line, ""));
            let text = text.strip_prefix(' ').unwrap_or(text);
            match field {
                "id" => id = Some(text.to_owned()),
                "event" => text.clone_into(&mut kind),
                "data" => data.push_str(text),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_are_read_whole_and_the_last_id_is_kept() {
        let text = "retry: 5000\n\nid: 7.0\nevent: block\ndata: {\"height\":7}\n\n: heartbeat\nid: 9.3\n\n\
                    event: lagged\ndata: {\"to_height\":8}\n\nid: 10.0\nevent: tx\ndata: {}";
        let mut stream = Stream::new(text.as_bytes(), Some("6.1".to_owned()));
        let block = stream.next_event().unwrap().unwrap();
        let expected =
            Event { id: Some("7.0".to_owned()), kind: "block".to_owned(), data: json!({ "height": 7 }) };
        assert_eq!((block, stream.last_id.as_deref()), (expected, Some("7.0")));
        let lagged = stream.next_event().unwrap().unwrap();
        assert_eq!((lagged.id, lagged.kind.as_str()), (None, "lagged"));
        assert_eq!(stream.last_id.as_deref(), Some("9.3"), "a heartbeat says what was passed");
        assert!(stream.next_event().is_err(), "half an event is none");
        assert_eq!(stream.last_id.as_deref(), Some("9.3"));
    }

    #[test]
    fn a_stream_without_an_end_of_line_is_not_read_for_ever() {
        let mut stream = Stream::new(io::repeat(b'x'), None);
        assert!(stream.next_event().is_err());
    }
}
