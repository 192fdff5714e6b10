//! What the module refuses, in order of precedence.

chortle_kernel::error_codes! {
    /// What upgrades refuse.
    pub enum Error in "upgrade" {
        1 malformed_name MalformedName { name: String } =>
            "'{name}' is no name of an upgrade: lower-case letters, digits, - and ., a letter or digit first, 32 at most",
        2 bad_info BadInfo {} => "the text has characters that cannot be seen: write it in one line",
        3 no_binary NoBinary {} => "the upgrade names no program: give its SHA-256 for each platform",
        4 malformed_platform MalformedPlatform { platform: String } =>
            "'{platform}' is no platform: write it as linux/amd64",
        5 bad_hash BadHash { platform: String } =>
            "the hash for {platform} is that of no file: write the 64 digits that sha256sum prints",
        6 platform_twice PlatformTwice { platform: String } => "{platform} has two hashes: name it once",
        7 planned_already PlannedAlready { name: String, height: u64 } =>
            "upgrade {name} is planned for height {height}, and there is one at a time: cancel it first",
        8 name_used NameUsed { name: String, height: u64 } =>
            "the chain has had upgrade {name}, from height {height} on: choose another name",
        9 too_near TooNear { height: u64, earliest: u64 } =>
            "height {height} is too near: validators need until {earliest} at least",
        10 too_far TooFar { height: u64, latest: u64 } => "height {height} is too far: {latest} at most",
        11 not_planned NotPlanned { name: String } => "no upgrade {name} is planned"
            => "look at GET /v1/upgrade/plan",
    }
}
