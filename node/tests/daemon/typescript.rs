//! A client in TypeScript, generated from the document alone, compiles.

use std::{fs, os::unix::fs::symlink, path::Path, process::Command};

use chortle_node::rest;

#[test]
fn a_generated_client_compiles() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/typescript");
    let packages = source.join("node_modules");
    assert!(
        packages.join(".bin/tsc").exists(),
        "the compiler is not in {}: run scripts/setup --for-tests",
        packages.display()
    );
    let folder = tempfile::tempdir().unwrap();
    symlink(&packages, folder.path().join("node_modules")).unwrap();
    for name in ["client.ts", "tsconfig.json"] {
        fs::copy(source.join(name), folder.path().join(name)).unwrap();
    }
    fs::write(folder.path().join("openapi.json"), rest::document().to_string()).unwrap();
    let run = |tool: &str, arguments: &[&str]| {
        let tool = packages.join(".bin").join(tool);
        let output = Command::new(tool).args(arguments).current_dir(folder.path()).output().unwrap();
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{out}{err}");
    };
    run("openapi-typescript", &["openapi.json", "-o", "document.d.ts"]);
    run("tsc", &["-p", "."]);
}
