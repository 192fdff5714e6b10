//! An engine played by hand: legal and illegal calls, raw frames and garbage over a real socket, for tests of
//! a node.

use std::io;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};

use crate::abci::call::{Call, Reply};
use crate::abci::{Address, Limits, frame, wire};
use crate::application::{Block, BlockOutcome, Genesis, Header, LastCommit, ProposalRequest};
use crate::driver::{consensus_address, validator_key};

/// Why a scripted call has no reply.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// The socket.
    #[error("the connection failed: {0}")]
    Io(#[from] io::Error),
    /// The server closed it.
    #[error("the server closed the connection")]
    Closed,
    /// The reply is no ABCI.
    #[error("the reply cannot be read: {0}")]
    Unreadable(String),
    /// The reply belongs to another request.
    #[error("{asked} was answered with {answered}")]
    Mismatch {
        /// What was asked.
        asked: &'static str,
        /// What came.
        answered: String,
    },
}

type Reader = Box<dyn AsyncRead + Send + Unpin>;
type Writer = Box<dyn AsyncWrite + Send + Unpin>;

/// One connection of a scripted engine.
pub struct Connection {
    reader: Reader,
    writer: Writer,
    buffer: BytesMut,
}

impl Connection {
    /// Connects as an engine would.
    pub async fn open(address: &Address) -> io::Result<Self> {
        let (reader, writer): (Reader, Writer) = match address {
            Address::Unix(path) => {
                let (reader, writer) = UnixStream::connect(path).await?.into_split();
                (Box::new(reader), Box::new(writer))
            }
            Address::Tcp(socket) => {
                let (reader, writer) = TcpStream::connect(socket).await?.into_split();
                (Box::new(reader), Box::new(writer))
            }
        };
        Ok(Self { reader, writer, buffer: BytesMut::new() })
    }

    /// Sends bytes as they are.
    pub async fn send_raw(&mut self, bytes: &[u8]) -> Result<(), ScriptError> {
        Ok(self.writer.write_all(bytes).await?)
    }

    /// Sends a payload of any content in a proper frame.
    pub async fn send_frame(&mut self, payload: &[u8]) -> Result<(), ScriptError> {
        self.send_raw(&framed(payload)).await
    }

    /// Receives one reply; [`ScriptError::Closed`] if the server has closed.
    pub async fn receive(&mut self) -> Result<Reply, ScriptError> {
        receive(&mut self.reader, &mut self.buffer).await
    }

    /// One call and its reply.
    pub async fn call(&mut self, call: &Call) -> Result<Reply, ScriptError> {
        self.send_frame(&wire::encode_call(call)).await?;
        self.receive().await
    }

    /// Sends all calls without waiting, while it receives; the replies in the order in which they came.
    pub async fn pipeline(&mut self, calls: &[Call]) -> Result<Vec<Reply>, ScriptError> {
        let stream: Vec<u8> = calls.iter().flat_map(|call| framed(&wire::encode_call(call))).collect();
        let Self { reader, writer, buffer } = self;
        let receive_all = async {
            let mut replies = Vec::with_capacity(calls.len());
            while replies.len() < calls.len() {
                replies.push(receive(reader, buffer).await?);
            }
            Ok(replies)
        };
        let send_all = async { Ok(writer.write_all(&stream).await?) };
        tokio::try_join!(send_all, receive_all).map(|((), replies)| replies)
    }
}

/// A payload with its length in front.
pub fn framed(payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(payload.len() + 10);
    let mut rest = payload.len();
    while rest >= 0x80 {
        frame.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    frame.push(rest as u8);
    frame.extend_from_slice(payload);
    frame
}

async fn receive(reader: &mut Reader, buffer: &mut BytesMut) -> Result<Reply, ScriptError> {
    let unreadable = |error: &dyn std::fmt::Display| ScriptError::Unreadable(error.to_string());
    loop {
        match frame::take(buffer, Limits::default().frame_bytes_max) {
            Ok(Some(frame)) => return wire::decode_reply(frame).map_err(|error| unreadable(&error)),
            Ok(None) => {}
            Err(error) => return Err(unreadable(&error)),
        }
        if reader.read_buf(buffer).await? == 0 {
            return Err(ScriptError::Closed);
        }
    }
}

/// A chain as a scripted engine sees it: what the next block's header is.
#[derive(Clone, Debug)]
pub struct ScriptedChain {
    /// Height of the next block.
    pub height: u64,
    /// Time of the next block.
    pub time_unix_ms: u64,
}

impl ScriptedChain {
    /// Starts the chain over `connection`: Info, then InitChain.
    pub async fn start(connection: &mut Connection, genesis: Genesis) -> Result<Self, ScriptError> {
        let chain = Self { height: genesis.initial_height, time_unix_ms: genesis.time_unix_ms + 1_000 };
        expect("Info", connection.call(&Call::Info).await?)?;
        expect("InitChain", connection.call(&Call::InitChain(genesis)).await?)?;
        Ok(chain)
    }

    /// The next block with these transactions; its hash is made up.
    pub fn block(&self, txs: Vec<Bytes>) -> Block {
        let header = Header {
            height: self.height,
            time_unix_ms: self.time_unix_ms,
            proposer: consensus_address(&validator_key()),
            next_validators_hash: vec![1; 32],
            last_commit: LastCommit::default(),
            misbehavior: Vec::new(),
        };
        let mut hash = vec![2; 24];
        hash.extend_from_slice(&self.height.to_be_bytes());
        Block { header, hash, txs }
    }

    /// A request to fill the next block from these transactions.
    pub fn proposal_request(&self, txs: Vec<Bytes>, bytes_max: u64) -> ProposalRequest {
        let header = self.block(Vec::new()).header;
        ProposalRequest { header, extended_votes: Vec::new(), txs, bytes_max }
    }

    /// Plays the next height to its end: prepare, process, finalize, commit.
    pub async fn play(
        &mut self,
        connection: &mut Connection,
        txs: Vec<Bytes>,
        bytes_max: u64,
    ) -> Result<BlockOutcome, ScriptError> {
        let request = self.proposal_request(txs, bytes_max);
        let prepared = connection.call(&Call::Prepare(request)).await?;
        let Reply::Prepare(txs) = prepared else { return Err(mismatch("PrepareProposal", &prepared)) };
        let block = self.block(txs);
        let processed = connection.call(&Call::Process(block.clone())).await?;
        let Reply::Process(true) = processed else { return Err(mismatch("ProcessProposal", &processed)) };
        let finalized = connection.call(&Call::Finalize(block)).await?;
        let Reply::Finalize(outcome) = finalized else { return Err(mismatch("FinalizeBlock", &finalized)) };
        expect("Commit", connection.call(&Call::Commit).await?)?;
        self.height += 1;
        self.time_unix_ms += 1_000;
        Ok(outcome)
    }
}

fn expect(asked: &'static str, reply: Reply) -> Result<(), ScriptError> {
    if reply.name() == asked { Ok(()) } else { Err(mismatch(asked, &reply)) }
}

fn mismatch(asked: &'static str, reply: &Reply) -> ScriptError {
    ScriptError::Mismatch { asked, answered: format!("{reply:?}") }
}
