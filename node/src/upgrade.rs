//! Handing over: where the program of an upgrade lies, whether it is the one that was voted on, and becoming it.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use chortle_app::{Unfit, program::fitting};
use chortle_kernel::{Halt, ReadState, hash::Sha256};
use chortle_upgrade::{Binary, Plan, state::PLAN};
use serde_json::json;

use crate::failure::Failure;
use crate::home::{Home, cannot, write};

/// Name of the file.
const PROGRAM: &str = "chortled";
/// Bytes that are read of a program at a time.
const CHUNK_BYTES: usize = 1 << 20;

/// This machine, as plans name it.
pub fn platform() -> String {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let processor = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("{system}/{processor}")
}

/// Where operators put the program of an upgrade: in this home's own folder, or in that of cosmovisor.
pub fn places(home: &Home, name: &str) -> [PathBuf; 2] {
    let below = |folder: &str| home.root().join(folder).join(name).join("bin").join(PROGRAM);
    [below("upgrades"), below("cosmovisor/upgrades")]
}

/// The SHA-256 of a file, as `sha256sum` prints it.
pub fn hash_of(path: &Path) -> io::Result<String> {
    let (mut file, mut hasher, mut chunk) = (File::open(path)?, Sha256::of(&[]), vec![0; CHUNK_BYTES]);
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok(hex::encode(hasher.finish())),
            read => hasher.update(&chunk[..read]),
        }
    }
}

/// The program of an upgrade, if it is in place and is the one that its plan names for this machine.
pub fn find(home: &Home, name: &str, binaries: &[Binary]) -> Result<PathBuf, Failure> {
    let places = places(home, name);
    let [first, _] = &places;
    let platform = platform();
    let Some(wanted) = binaries.iter().find(|binary| *binary.platform == *platform) else {
        return Err(Failure::upgrade(
            format!("upgrade {name} names no program for {platform}"),
            "build its release for this machine, and start that program in place of this one",
        ));
    };
    let mut wrong = None;
    for place in places.iter().filter(|place| place.exists()) {
        let found = hash_of(place).map_err(|error| cannot(place, &error).as_upgrade())?;
        if found == *wanted.sha256 {
            ensure_it_starts(place, name)?;
            return Ok(place.clone());
        }
        wrong = wrong.or(Some((place, found)));
    }
    let sha256 = &*wanted.sha256;
    let put = |path: &Path| {
        format!(
            "put the chortled of {name} for {platform} there, with SHA-256 {sha256} and the right to be run: {}; \
             then start the node again as before",
            path.display()
        )
    };
    Err(match wrong {
        Some((place, found)) => Failure::upgrade(
            format!("{} is not the program of upgrade {name}: its SHA-256 is {found}", place.display()),
            put(place),
        ),
        None => Failure::upgrade(format!("the program of upgrade {name} is not in place"), put(first)),
    })
}

/// Refuses a file that cannot be run, and this very program: it does not know the upgrade, and would hand over to
/// itself for ever.
fn ensure_it_starts(place: &Path, name: &str) -> Result<(), Failure> {
    let found = std::fs::metadata(place).map_err(|error| cannot(place, &error).as_upgrade())?;
    if found.permissions().mode() & 0o111 == 0 {
        let cause = format!("{} may not be run", place.display());
        return Err(Failure::upgrade(cause, format!("run: chmod 755 {}", place.display())));
    }
    let own = std::env::current_exe().and_then(std::fs::canonicalize).ok();
    if own.is_some() && own == std::fs::canonicalize(place).ok() {
        return Err(Failure::upgrade(
            format!("{} is this program, which does not know upgrade {name}", place.display()),
            "the plan names the hash of a wrong program: ask those who proposed it, and start the right one yourself",
        ));
    }
    Ok(())
}

/// The program that goes on where this one must not, or why there is none. Tells cosmovisor of an upgrade that is due.
pub fn successor(home: &Home, unfit: &Unfit, hands_over: bool) -> Result<PathBuf, Failure> {
    let Some((name, binaries)) = unfit.wanted() else {
        let cure = "start the program of before: it goes on up to that height, and hands over by itself";
        return Err(Failure::upgrade(unfit.to_string(), cure));
    };
    if let Unfit::Due(plan) = unfit {
        tell_cosmovisor(home, plan)?;
    }
    if !hands_over {
        let cure = format!("--no-handover leaves it to others to start the program of {name}");
        return Err(Failure::upgrade(unfit.to_string(), cure));
    }
    find(home, name, binaries).map_err(|failure| failure.within(&unfit.to_string()))
}

/// What cosmovisor waits for.
fn tell_cosmovisor(home: &Home, plan: &Plan) -> Result<(), Failure> {
    let told = json!({ "name": &*plan.name, "height": plan.height, "info": &*plan.info });
    write(&home.upgrade_info(), &told.to_string())
}

/// Becomes another program, in this very process and with the same arguments. Comes back only if that fails.
pub fn hand_over(program: &Path, args: &[OsString]) -> Failure {
    tracing::info!(program = %program.display(), "handing over");
    let error = Command::new(program).args(args.iter().skip(1)).exec();
    Failure::upgrade(
        format!("{} does not start: {error}", program.display()),
        "see that it is built for this machine, and that this user may run it",
    )
}

/// What an operator should know of upgrades, on top of a state: nothing while none is planned and this is the program.
pub fn outlook(
    home: &Home,
    state: &dyn ReadState,
    next: u64,
) -> Result<Option<Result<String, Failure>>, Halt> {
    let plan = PLAN.get(state)?;
    let in_place = |name: &str, binaries: &[Binary], sentence: String| {
        let found = find(home, name, binaries).map_err(|failure| failure.within(&sentence));
        found.map(|path| format!("{sentence}; {} is in place, with the right hash", path.display()))
    };
    Ok(match (fitting(home.registry(), state, next)?, plan) {
        (Err(unfit), _) => Some(match unfit.wanted() {
            Some((name, binaries)) => in_place(name, binaries, unfit.to_string()),
            None => successor(home, &unfit, true).map(|path| path.display().to_string()),
        }),
        (Ok(Some(upgrade)), _) => {
            Some(Ok(format!("upgrade {} begins with the next block, by this program", upgrade.name)))
        }
        (Ok(None), Some(plan)) => {
            let sentence = format!("upgrade {} begins at height {}", &*plan.name, plan.height);
            Some(in_place(&plan.name, &plan.binaries, sentence))
        }
        (Ok(None), None) => None,
    })
}

#[cfg(test)]
mod tests {
    use chortle_kernel::Text;

    use super::*;
    use crate::failure::EXIT_UPGRADE;

    fn put(path: &Path, bytes: &[u8], mode: u32) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    fn binary(platform: &str, bytes: &[u8]) -> Binary {
        let sha256 = hex::encode(chortle_kernel::hash::sha256(bytes));
        Binary { platform: Text::parse(platform).unwrap(), sha256: Text::parse(sha256).unwrap() }
    }

    #[test]
    fn the_program_is_found_in_either_folder_and_only_with_its_own_hash() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path());
        let [ours, theirs] = places(&home, "v2");
        assert_eq!(ours, folder.path().join("upgrades/v2/bin/chortled"));
        assert_eq!(theirs, folder.path().join("cosmovisor/upgrades/v2/bin/chortled"));
        let platform = platform();
        let binaries = [binary("plan9/mips", b"other"), binary(&platform, b"right")];
        let refusal = || {
            let failure = find(&home, "v2", &binaries).unwrap_err();
            assert_eq!(failure.code, EXIT_UPGRADE);
            let cure = failure.cure.unwrap();
            (failure.cause, cure)
        };

        let (cause, cure) = refusal();
        assert_eq!(cause, "the program of upgrade v2 is not in place");
        assert!(cure.contains(&*binaries[1].sha256) && cure.contains(ours.to_str().unwrap()), "{cure}");

        put(&ours, b"wrong", 0o755);
        let (cause, cure) = refusal();
        let found = hex::encode(chortle_kernel::hash::sha256(b"wrong"));
        assert!(cause.ends_with(&format!("its SHA-256 is {found}")), "{cause}");
        assert!(cure.contains(&*binaries[1].sha256), "{cure}");

        put(&theirs, b"right", 0o644);
        assert!(refusal().0.ends_with("may not be run"));
        put(&theirs, b"right", 0o755);
        assert_eq!(find(&home, "v2", &binaries), Ok(theirs));
        put(&ours, b"right", 0o755);
        assert_eq!(find(&home, "v2", &binaries), Ok(ours));
        let elsewhere = find(&home, "v2", &binaries[..1]).unwrap_err();
        assert_eq!(elsewhere.cause, format!("upgrade v2 names no program for {platform}"));
    }

    #[test]
    fn a_program_does_not_hand_over_to_itself() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path());
        let [ours, _] = places(&home, "v2");
        std::fs::create_dir_all(ours.parent().unwrap()).unwrap();
        let own = std::env::current_exe().unwrap();
        std::os::unix::fs::symlink(&own, &ours).unwrap();
        let hash = hash_of(&own).unwrap();
        let itself =
            Binary { platform: Text::parse(platform()).unwrap(), sha256: Text::parse(hash).unwrap() };
        let refused = find(&home, "v2", &[itself]).unwrap_err();
        assert!(refused.cause.ends_with("is this program, which does not know upgrade v2"), "{refused}");
    }

    #[test]
    fn what_is_due_is_written_for_cosmovisor_and_left_to_it_if_asked() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path());
        let text = |text: &str| text.to_owned();
        let plan = Plan {
            name: Text::parse("v2").unwrap(),
            height: 70,
            binaries: chortle_kernel::List::parse(vec![binary(&platform(), b"right")]).unwrap(),
            info: Text::parse("https://example.org").unwrap(),
        };
        let refused = successor(&home, &Unfit::Due(plan), false).unwrap_err();
        assert_eq!(refused.code, EXIT_UPGRADE);
        assert_eq!(refused.cause, text("upgrade v2 begins at height 70, and this program does not know it"));
        let told = std::fs::read_to_string(folder.path().join("data/upgrade-info.json")).unwrap();
        assert_eq!(told, r#"{"height":70,"info":"https://example.org","name":"v2"}"#);
        let early = Unfit::Early { name: "v3", height: Some(9) };
        let refused = successor(&home, &early, true).unwrap_err();
        assert!(refused.cure.unwrap().starts_with("start the program of before"));
    }
}
