//! The one client of plain HTTP to what runs beside this process.

use std::sync::Arc;

use reqwest::{Client, ClientBuilder, redirect::Policy};
use rustls::{ClientConfig, RootCertStore, crypto::ring};

/// Begins a client that goes by no proxy, follows nobody elsewhere and trusts no authority: it works on a machine that
/// names none, and what it is for is never behind TLS.
pub fn client() -> ClientBuilder {
    let nobody = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has every version of TLS")
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    Client::builder().no_proxy().redirect(Policy::none()).tls_backend_preconfigured(nobody)
}
