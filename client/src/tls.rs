//! Who a node behind `https` must prove to be. The one provider of cryptography is `ring`; nothing is installed for the
//! whole process, so that no order of calls matters.

use std::{error::Error as Cause, io, path::Path, sync::Arc};

use rustls::{
    CertificateError, ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};
use rustls_platform_verifier::BuilderVerifierExt;

use crate::{Code, Error, Result};

fn begun() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>> {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::unexpected(Code::HttpClient, error.to_string()))
}

/// Trusts nobody: for plain HTTP, which needs no authority and must work on a machine that has none.
pub fn nobody() -> Result<ClientConfig> {
    Ok(begun()?.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

/// Trusts the authorities of this machine.
pub fn of_machine() -> Result<ClientConfig> {
    let trusting = begun()?.with_platform_verifier().map_err(|error| {
        Error::config(Code::UntrustedNode, format!("this machine names no authority to trust: {error}"))
            .hint("install its certificates (often the package ca-certificates), or name one: --ca FILE")
    })?;
    Ok(trusting.with_no_client_auth())
}

/// Trusts the authorities in a file, and no other.
pub fn of_file(path: &Path) -> Result<ClientConfig> {
    let wrong = |why: String| {
        Error::config(Code::UntrustedNode, format!("{}: {why}", path.display())).hint(
            "it holds certificates of authorities in PEM, each from -----BEGIN CERTIFICATE----- on; who runs the node \
             has it",
        )
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| wrong(error.to_string()))? {
        let added = certificate.map_err(|error| error.to_string());
        added
            .and_then(|certificate| roots.add(certificate).map_err(|error| error.to_string()))
            .map_err(wrong)?;
    }
    if roots.is_empty() {
        return Err(wrong("no certificate is in it".to_owned()));
    }
    Ok(begun()?.with_root_certificates(roots).with_no_client_auth())
}

/// The fault of TLS that lies under an error, if one does.
pub fn fault<'a>(error: &'a (dyn Cause + 'static)) -> Option<&'a rustls::Error> {
    let mut next = Some(error);
    while let Some(cause) = next {
        if let Some(found) = cause.downcast_ref() {
            return Some(found);
        }
        // An error of input and output passes over what it wraps.
        next = match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => cause.source(),
        };
    }
    None
}

/// What a fault means, and what to do about it.
pub fn explained(fault: &rustls::Error) -> (String, &'static str) {
    use rustls::Error as Fault;
    let (why, what) = match fault {
        Fault::InvalidCertificate(why) => match why {
            // Authorities that one tool made often have one name: then it is the signature that does not fit.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => (
                "no authority that is trusted here stands behind its certificate",
                "if you know who runs it, take the certificate of their authority from them and name it: --ca FILE",
            ),
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                ("its certificate has expired", "tell who runs it; if this machine's clock is wrong, set it")
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => (
                "its certificate is not valid yet",
                "if this machine's clock is wrong, set it; else tell who runs it",
            ),
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => (
                "its certificate is for another name",
                "write the name that the certificate is for into the URL",
            ),
            other => {
                return (
                    format!("its certificate is not to be trusted: {other}"),
                    "tell who runs it; send nothing there",
                );
            }
        },
        Fault::InvalidMessage(_) => (
            "what answers there does not speak TLS",
            "if it is a node's own port, on this machine or behind a tunnel, write http:// instead",
        ),
        other => return (other.to_string(), "see whether the port is right; else ask who runs it"),
    };
    (why.to_owned(), what)
}
