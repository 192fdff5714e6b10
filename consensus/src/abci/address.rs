//! Where the ABCI server listens, in CometBFT's own notation.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

/// A socket that CometBFT's `proxy_app` can name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// `unix:///path/to/socket`
    Unix(PathBuf),
    /// `tcp://127.0.0.1:26658`
    Tcp(SocketAddr),
}

/// A text that names no socket.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no socket: write unix:///path/to/socket or tcp://127.0.0.1:26658")]
pub struct NotAnAddress(pub String);

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp(address) => write!(f, "tcp://{address}"),
        }
    }
}

impl FromStr for Address {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        if let Some(path) = text.strip_prefix("unix://").filter(|path| !path.is_empty()) {
            return Ok(Self::Unix(PathBuf::from(path)));
        }
        let address = text.strip_prefix("tcp://").and_then(|rest| rest.parse().ok());
        address.map(Self::Tcp).ok_or_else(|| NotAnAddress(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_prints_as_it_parses() {
        for text in ["unix:///tmp/chortle.sock", "tcp://127.0.0.1:26658", "tcp://[::1]:1"] {
            assert_eq!(text.parse::<Address>().map(|address| address.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn other_texts_are_refused_with_the_cure() {
        for text in ["", "unix://", "tcp://", "tcp://localhost:1", "127.0.0.1:1", "http://127.0.0.1:1"] {
            let refusal = text.parse::<Address>().expect_err(text).to_string();
            assert!(refusal.contains("write unix:///"), "{refusal}");
        }
    }
}
