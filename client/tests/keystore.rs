//! The key store: what it keeps, and what it refuses.

mod common;

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::PathBuf,
};

use chortle_client::keys::{KeyFile, KeyKind, Opened, Secret, Store, Words, store::parse_name};
use common::{Home, PASSWORD};

struct Kept {
    home: tempfile::TempDir,
    store: Store,
}

impl Kept {
    /// A store with one key, 'alice', of secret 7.
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let store = Store::at(home.path().join("keys"));
        let secret = Secret::parse(KeyKind::Secp256k1, &[7; 32]).unwrap();
        let opened = Opened { secret, words: None };
        store.add(&KeyFile::seal("alice", &opened, None, PASSWORD).unwrap()).unwrap();
        Self { home, store }
    }

    fn folder(&self) -> PathBuf {
        self.home.path().join("keys")
    }

    fn path(&self) -> PathBuf {
        self.folder().join("alice.json")
    }

    fn edit(&self, change: impl FnOnce(&mut serde_json::Value)) {
        let mut value: serde_json::Value = serde_json::from_slice(&fs::read(self.path()).unwrap()).unwrap();
        change(&mut value);
        fs::write(self.path(), serde_json::to_vec(&value).unwrap()).unwrap();
    }

    fn open_code(&self, password: &str) -> String {
        match self.store.load("alice").and_then(|file| file.open(password)) {
            Ok(_) => "opened".to_owned(),
            Err(error) => error.name,
        }
    }
}

#[test]
fn a_key_and_its_words_come_back_as_they_were() {
    let kept = Kept::new();
    for kind in [KeyKind::Secp256k1, KeyKind::Ed25519] {
        let words = Words::generate().unwrap();
        let path = chortle_client::keys::HdPath::standard(kind, 3);
        let secret = words.derive(kind, &path, "").unwrap();
        let (bytes, phrase, address) = (*secret.bytes(), words.phrase().to_string(), secret.address());
        let opened = Opened { secret, words: Some(words) };
        let file = KeyFile::seal(kind.name(), &opened, Some(path.to_string()), PASSWORD).unwrap();
        kept.store.add(&file).unwrap();
        let again = kept.store.load(kind.name()).unwrap();
        assert_eq!(again.address, address);
        let opened = again.open(PASSWORD).unwrap();
        assert_eq!(*opened.secret.bytes(), bytes);
        assert_eq!(opened.words.unwrap().phrase().as_str(), phrase);
    }
    let names: Vec<_> = kept.store.list().unwrap().into_iter().map(|key| key.name).collect();
    assert_eq!(names, ["alice", "ed25519", "secp256k1"]);
}

#[test]
fn the_file_is_private_and_holds_no_secret_in_clear() {
    let kept = Kept::new();
    let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(kept.path()), 0o600);
    assert_eq!(mode(kept.folder()), 0o700);
    let text = fs::read_to_string(kept.path()).unwrap();
    assert!(!text.contains(&hex::encode([7; 32])));
    assert!(!text.contains(PASSWORD));
}

#[test]
fn a_wrong_password_opens_nothing() {
    let kept = Kept::new();
    assert_eq!(kept.open_code(PASSWORD), "opened");
    for password in ["", "correct horse battery stapl", "Correct horse battery staple"] {
        assert_eq!(kept.open_code(password), "wrong_password", "{password}");
    }
}

type Change = fn(&mut serde_json::Value);

#[test]
fn a_changed_file_is_refused() {
    let other = Secret::parse(KeyKind::Secp256k1, &[8; 32]).unwrap().address().to_string();
    assert_ne!(other, "");
    let table: [(&str, Change, &str); 9] = [
        ("version", |file| file["version"] = 2.into(), "corrupt_key"),
        ("name", |file| file["name"] = "bob".into(), "corrupt_key"),
        ("unknown field", |file| file["more"] = 1.into(), "corrupt_key"),
        (
            "address of another key",
            |file| file["address"] = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf".into(),
            "wrong_password",
        ),
        ("kind", |file| file["kind"] = "ed25519".into(), "wrong_password"),
        ("ciphertext", |file| flip(&mut file["sealed"]["ciphertext"]), "wrong_password"),
        ("salt", |file| flip(&mut file["sealed"]["salt"]), "wrong_password"),
        (
            "cost that eats the machine",
            |file| file["sealed"]["cost"]["memory_kib"] = u32::MAX.into(),
            "corrupt_key",
        ),
        ("nonce of a wrong length", |file| file["sealed"]["nonce"] = "00".into(), "corrupt_key"),
    ];
    for (what, change, code) in table {
        let kept = Kept::new();
        kept.edit(change);
        assert_eq!(kept.open_code(PASSWORD), code, "{what}");
    }
    let kept = Kept::new();
    let bytes = fs::read(kept.path()).unwrap();
    fs::write(kept.path(), &bytes[..bytes.len() / 2]).unwrap();
    assert_eq!(kept.open_code(PASSWORD), "corrupt_key");
}

fn flip(field: &mut serde_json::Value) {
    let text = field.as_str().unwrap();
    let first = if text.starts_with('0') { '1' } else { '0' };
    *field = format!("{first}{}", &text[1..]).into();
}

#[test]
fn what_others_can_open_is_refused_with_the_cure() {
    for (folder_mode, file_mode, fine) in [
        (0o700, 0o600, true),
        (0o700, 0o400, true),
        (0o700, 0o640, false),
        (0o700, 0o604, false),
        (0o750, 0o600, false),
        (0o755, 0o600, false),
        (0o701, 0o600, false),
    ] {
        let kept = Kept::new();
        fs::set_permissions(kept.path(), fs::Permissions::from_mode(file_mode)).unwrap();
        fs::set_permissions(kept.folder(), fs::Permissions::from_mode(folder_mode)).unwrap();
        let loaded = kept.store.load("alice");
        assert_eq!(loaded.is_ok(), fine, "{folder_mode:o} {file_mode:o}");
        if let Err(error) = loaded {
            assert_eq!(error.name, "open_permissions");
            assert!(error.hint.unwrap().starts_with("chmod "));
        }
    }
}

#[test]
fn links_are_not_followed() {
    let kept = Kept::new();
    let moved = kept.home.path().join("elsewhere.json");
    fs::rename(kept.path(), &moved).unwrap();
    symlink(&moved, kept.path()).unwrap();
    assert_eq!(kept.store.load("alice").unwrap_err().name, "open_permissions");

    let linked = Kept::new();
    let folder = linked.home.path().join("real");
    fs::rename(linked.folder(), &folder).unwrap();
    symlink(&folder, linked.folder()).unwrap();
    assert_eq!(linked.store.load("alice").unwrap_err().name, "open_permissions");
    assert_eq!(linked.store.list().unwrap_err().name, "open_permissions");
}

#[test]
fn a_name_is_taken_once() {
    let kept = Kept::new();
    let before = fs::read(kept.path()).unwrap();
    let secret = Secret::parse(KeyKind::Secp256k1, &[8; 32]).unwrap();
    let file = KeyFile::seal("alice", &Opened { secret, words: None }, None, PASSWORD).unwrap();
    assert_eq!(kept.store.add(&file).unwrap_err().name, "name_taken");
    assert_eq!(fs::read(kept.path()).unwrap(), before);
}

#[test]
fn names_pass_for_nothing_else() {
    for name in ["a", "dev0", "cold-wallet_2", &"x".repeat(32)] {
        assert!(parse_name(name).is_ok(), "{name}");
    }
    for name in
        ["", "A", "..", "../a", "a/b", "a.json", "-a", "_a", "lol1x", "0xab", "a b", "é", &"x".repeat(33)]
    {
        assert!(parse_name(name).is_err(), "{name}");
    }
}

#[test]
fn a_changed_password_replaces_the_old_one() {
    let home = Home::new();
    home.ok(&["keys", "add", "alice"]);
    let before = home.ok(&["keys", "export", "alice", "--words"]);
    let new = home.path().join("new");
    fs::write(&new, "another long password\n").unwrap();
    home.ok(&["keys", "change-password", "alice", "--new-password-file", new.to_str().unwrap()]);
    assert_eq!(home.run(&["keys", "export", "alice", "--words"]).code, 78);
    fs::copy(&new, home.password_file()).unwrap();
    assert_eq!(home.ok(&["keys", "export", "alice", "--words"]), before);
}

#[test]
fn words_and_bytes_restore_the_same_key() {
    let home = Home::new();
    home.ok(&["keys", "add", "alice"]);
    let words = home.ok(&["keys", "export", "alice", "--words"]);
    let bytes = home.ok(&["keys", "export", "alice", "--private-key"]);
    assert_eq!(words.split_whitespace().count(), 24);
    home.ok_with_stdin(&["keys", "import", "by-words"], &words);
    home.ok_with_stdin(&["keys", "import", "by-bytes", "--private-key"], &bytes);
    let address = |name: &str| home.json(&["keys", "show", name])["address"].clone();
    assert_eq!(address("by-words"), address("alice"));
    assert_eq!(address("by-bytes"), address("alice"));
    let no_words = home.run(&["keys", "export", "by-bytes", "--words", "--output", "json"]);
    assert_eq!((no_words.code, no_words.error_name()), (78, "no_words".to_owned()));
}

#[test]
fn without_a_terminal_or_a_password_a_command_fails_at_once() {
    let home = Home::new();
    let run = home.run_without_password(&["keys", "add", "alice", "--output", "json"]);
    assert_eq!((run.code, run.error_name()), (78, "no_terminal".to_owned()));
    assert_eq!(run.stdout, "");
    let short = home.path().join("short");
    fs::write(&short, "short\n").unwrap();
    let args = ["keys", "add", "alice", "--output", "json", "--password-file", short.to_str().unwrap()];
    assert_eq!(home.run(&args).error_name(), "short_password");
    assert_eq!(home.json(&["keys", "list"]), serde_json::json!([]));
}

#[test]
fn an_address_book_entry_cannot_sign() {
    let home = Home::new();
    home.ok(&["keys", "import", "bob", "--address", "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"]);
    assert_eq!(home.json(&["keys", "show", "bob"])["kind"], "address only");
    assert_eq!(home.run(&["keys", "export", "bob", "--private-key"]).code, 78);
}

#[test]
fn deleting_needs_a_yes() {
    let home = Home::new();
    home.ok(&["keys", "add", "alice"]);
    assert_eq!(home.run(&["keys", "delete", "alice"]).code, 64);
    home.ok(&["keys", "delete", "alice", "--yes"]);
    assert_eq!(home.run(&["keys", "show", "alice"]).code, 78);
}
