//! Claims about the daemon, over real sockets and real processes. One program, so that it is linked once.

mod answers;
mod attacks;
mod bad_input;
mod callers;
mod command_line;
mod common;
mod dev_chain;
mod document;
mod engine;
mod fuzz;
mod governance;
mod integrating;
mod memory;
mod mistakes;
mod pages;
mod proofs;
mod reads;
mod signer;
mod slow_clients;
mod startup;
mod streaming;
mod submitting;
mod typescript;
mod upgrade;
mod victim;
mod wallets;
