//! SHA-256 against its standard.

use chortle_kernel::hash::{Sha256, sha256, tagged};

/// The examples of FIPS 180-4: nothing, one block, two blocks.
#[test]
fn digests_are_those_of_the_standard() {
    for (bytes, digest) in [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
        ),
    ] {
        assert_eq!(hex::encode(sha256(bytes.as_bytes())), digest);
    }
}

#[test]
fn parts_give_the_digest_of_the_whole() {
    let mut parts = Sha256::of(b"chortle/tx");
    parts.update(&[0]);
    parts.update(b"body");
    assert_eq!(parts.finish(), sha256(b"chortle/tx\0body"));
    assert_eq!(tagged("chortle/tx", b"body"), sha256(b"chortle/tx\0body"));
}
