//! An engine played by hand: legal and illegal calls, raw frames and garbage over a real socket, for tests of
//! a node.

use std::io;

use bytes::{Bytes, BytesMut};
use chortle_kernel::vote_extension::{VotePoint, sign_bytes};
use ed25519_dalek::Signer;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};

use crate::abci::call::{Call, Reply};
use crate::abci::{Address, Limits, frame, wire};
use crate::application::{
    Block, BlockOutcome, ExtendedVote, Genesis, Header, LastCommit, ProposalRequest, VoteExtension,
};
use crate::driver::{consensus_address, signing_key, validator_key};

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

/// Power of the one validator of a scripted chain, whose key is [`validator_key`].
const POWER: u64 = 10;

/// A chain as a scripted engine sees it: what the next block's header is.
#[derive(Clone, Debug)]
pub struct ScriptedChain {
    /// Height of the next block.
    pub height: u64,
    /// Time of the next block.
    pub time_unix_ms: u64,
    chain_id: String,
    /// From where votes are extended; 0 is never.
    extensions_height: u64,
    /// The extended vote for the last block.
    last_vote: Option<ExtendedVote>,
}

impl ScriptedChain {
    /// A chain whose next block is this one and whose votes are not extended; no call says so to an application.
    pub fn at(height: u64, time_unix_ms: u64) -> Self {
        Self { height, time_unix_ms, chain_id: String::new(), extensions_height: 0, last_vote: None }
    }

    /// Starts the chain over `connection`: Info, then InitChain.
    pub async fn start(connection: &mut Connection, genesis: Genesis) -> Result<Self, ScriptError> {
        let chain = Self {
            chain_id: genesis.chain_id.clone(),
            extensions_height: genesis.params.vote_extensions_height,
            ..Self::at(genesis.initial_height, genesis.time_unix_ms + 1_000)
        };
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
            last_commit: LastCommit {
                round: 0,
                votes: self.last_vote.iter().map(ExtendedVote::vote).collect(),
            },
            misbehavior: Vec::new(),
        };
        let mut hash = vec![2; 24];
        hash.extend_from_slice(&self.height.to_be_bytes());
        Block { header, hash, txs }
    }

    /// A request to fill the next block from these transactions.
    pub fn proposal_request(&self, txs: Vec<Bytes>, bytes_max: u64) -> ProposalRequest {
        let header = self.block(Vec::new()).header;
        ProposalRequest { header, extended_votes: self.last_vote.iter().cloned().collect(), txs, bytes_max }
    }

    /// Plays the next height to its end: prepare, process, the extended vote if votes are extended, finalize, commit.
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
        self.last_vote = self.vote(connection, &block).await?;
        let finalized = connection.call(&Call::Finalize(block)).await?;
        let Reply::Finalize(outcome) = finalized else { return Err(mismatch("FinalizeBlock", &finalized)) };
        expect("Commit", connection.call(&Call::Commit).await?)?;
        if let Some(params) = &outcome.params {
            self.extensions_height = params.vote_extensions_height;
        }
        self.height += 1;
        self.time_unix_ms += 1_000;
        Ok(outcome)
    }

    /// The validator's vote for a block, if votes are extended at its height.
    async fn vote(
        &self,
        connection: &mut Connection,
        block: &Block,
    ) -> Result<Option<ExtendedVote>, ScriptError> {
        let height = block.header.height;
        if self.extensions_height == 0 || height < self.extensions_height {
            return Ok(None);
        }
        let extended = connection.call(&Call::ExtendVote(block.clone())).await?;
        let Reply::ExtendVote(extension) = extended else { return Err(mismatch("ExtendVote", &extended)) };
        let validator = consensus_address(&validator_key());
        let (block_hash, judged) = (block.hash.clone(), extension.clone());
        let judged = VoteExtension { block_hash, validator, height, extension: judged };
        let verified = connection.call(&Call::VerifyVoteExtension(judged)).await?;
        let Reply::VerifyVoteExtension(true) = verified else {
            return Err(mismatch("VerifyVoteExtension", &verified));
        };
        let at = VotePoint { chain_id: &self.chain_id, height, round: 0 };
        let signature = signing_key().sign(&sign_bytes(&extension, at)).to_bytes().to_vec();
        let extension = extension.to_vec();
        Ok(Some(ExtendedVote { validator, power: POWER, signed: true, extension, signature }))
    }
}

fn expect(asked: &'static str, reply: Reply) -> Result<(), ScriptError> {
    if reply.name() == asked { Ok(()) } else { Err(mismatch(asked, &reply)) }
}

fn mismatch(asked: &'static str, reply: &Reply) -> ScriptError {
    ScriptError::Mismatch { asked, answered: format!("{reply:?}") }
}
