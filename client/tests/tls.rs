//! A node behind TLS: who is believed, who is not, and what a person reads then.

mod common;

use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::Arc,
    thread,
    time::Duration,
};

use common::{DevChain, Home};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer},
};

/// An authority of our own.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn write(&self, path: &str) {
        fs::write(path, self.0.pem()).unwrap();
    }

    /// What a server of these names shows; `ended` long ago, or still good.
    fn server(&self, names: &[&str], ended: bool) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        if ended {
            params.not_after = rcgen::date_time_ymd(2001, 1, 1);
            params.not_before = rcgen::date_time_ymd(2000, 1, 1);
        }
        let certificate = params.signed_by(&key, &self.0).unwrap();
        let chain = vec![CertificateDer::from(certificate.der().to_vec())];
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap()
    }
}

/// A door of TLS before a node: one exchange a connection. Answers its port.
fn door(node: &str, config: ServerConfig) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (node, config) = (node.trim_start_matches("http://").to_owned(), Arc::new(config));
    thread::spawn(move || {
        for outside in listener.incoming() {
            let (node, config) = (node.clone(), Arc::clone(&config));
            thread::spawn(move || exchange(outside.unwrap(), &node, config));
        }
    });
    port
}

/// One request in, one answer back; a client that does not trust the door goes before that.
fn exchange(outside: TcpStream, node: &str, config: Arc<ServerConfig>) -> Option<()> {
    let mut outside = StreamOwned::new(ServerConnection::new(config).ok()?, outside);
    let mut request = vec![0; 1 << 16];
    let read = outside.read(&mut request).ok().filter(|read| *read > 0)?;
    let mut inside = TcpStream::connect(node).ok()?;
    inside.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    let text = String::from_utf8_lossy(&request[..read]).replacen("\r\n", "\r\nconnection: close\r\n", 1);
    inside.write_all(text.as_bytes()).ok()?;
    let mut answer = Vec::new();
    inside.read_to_end(&mut answer).ok()?;
    outside.write_all(&answer).ok()?;
    outside.conn.send_close_notify();
    outside.flush().ok()
}

#[test]
fn a_node_behind_https_is_believed_by_its_authority_and_by_no_other() {
    let chain = DevChain::start(&[]);
    let home = Home::on(&chain.url);
    let (own, other) = (Authority::new(), Authority::new());
    let (own_file, other_file) = (home.file("own.pem"), home.file("other.pem"));
    own.write(&own_file);
    other.write(&other_file);
    let port = door(&chain.url, own.server(&["127.0.0.1"], false));
    let node = format!("https://127.0.0.1:{port}");

    let status = home.json(&["status", "--node", &node, "--ca", &own_file]);
    assert_eq!(status["chain_id"], home.json(&["status"])["chain_id"]);
    let profile = home.path().join("home/client.toml");
    fs::create_dir_all(profile.parent().unwrap()).unwrap();
    fs::write(&profile, format!("ca = '{own_file}'\n")).unwrap();
    home.ok(&["status", "--node", &node]);
    fs::remove_file(profile).unwrap();

    // The machine that runs this knows nothing of our authority.
    for trusting in [&["--ca", other_file.as_str()][..], &[]] {
        let args = [&["status", "--node", &node, "--output", "json"], trusting].concat();
        let run = home.run(&args);
        assert_ne!(run.code, 0, "{trusting:?}");
        assert_eq!(run.error_name(), "untrusted_node", "{trusting:?}: {}", run.stderr);
        assert!(run.error()["hint"].as_str().unwrap().contains("--ca FILE"), "{}", run.stderr);
    }
}

#[test]
fn what_is_wrong_with_a_certificate_is_said_with_what_to_do() {
    let chain = DevChain::start(&[]);
    let home = Home::on(&chain.url);
    let own = Authority::new();
    let file = home.file("own.pem");
    own.write(&file);
    let url = |scheme: &str, port: u16| format!("{scheme}://127.0.0.1:{port}");
    let elsewhere = url("https", door(&chain.url, own.server(&["node.example"], false)));
    let ended = url("https", door(&chain.url, own.server(&["127.0.0.1"], true)));
    let plain = chain.url.replace("http:", "https:");
    let behind = url("http", door(&chain.url, own.server(&["127.0.0.1"], false)));
    for (node, name, sentence, hint) in [
        (elsewhere, "untrusted_node", "certificate is for another name", "into the URL"),
        (ended, "untrusted_node", "certificate has expired", "clock"),
        (plain, "untrusted_node", "does not speak TLS", "write http://"),
        (behind, "no_answer", "no answer", "write https://"),
    ] {
        let run = home.run(&["status", "--node", &node, "--ca", &file, "--output", "json"]);
        assert_eq!((run.code, run.error_name().as_str()), (2, name), "{node}: {}", run.stderr);
        let error = run.error();
        assert!(error["sentence"].as_str().unwrap().contains(sentence), "{}", run.stderr);
        assert!(error["hint"].as_str().unwrap().contains(hint), "{}", run.stderr);
    }
    fs::write(&file, "nothing").unwrap();
    let run = home.run(&["status", "--node", "https://127.0.0.1:9", "--ca", &file, "--output", "json"]);
    assert_eq!((run.code, run.error_name().as_str()), (78, "untrusted_node"));
    assert!(run.error()["hint"].as_str().unwrap().contains("BEGIN CERTIFICATE"), "{}", run.stderr);
}
