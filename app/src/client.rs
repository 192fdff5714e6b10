//! What the command line refuses by itself, before or beside a node. The codes stand here and not with the program, so
//! that one catalogue has every code that anyone can meet.

chortle_kernel::error_codes! {
    /// Why an order was not carried out, as far as it lies with this machine or the order itself.
    pub enum Error in "client" for Client {
        1 usage Usage => "the order has no meaning as it is written"
            => "the sentence says what; chortle help shows every command",
        2 bad_profile BadProfile => "the profile in the home folder cannot be read"
            => "see what it sets: chortle config list",
        3 no_home NoHome => "nothing says where the home folder is" => "set HOME, or say where keys are with --home DIR",
        4 bad_node_url BadNodeUrl => "the node's URL is none that this client can reach"
            => "write such as http://127.0.0.1:1317 or https://node.example",
        5 node_unreachable NodeUnreachable => "the node does not answer"
            => "start one with: chortled dev; or name another with --node URL",
        6 strange_answer StrangeAnswer => "the node's answer makes no sense here"
            => "is this the REST port of a Chortle node, of the same version as this client?",
        7 timed_out TimedOut => "the transaction was in no block before the time was over"
            => "it may still be included: chortle tx wait HASH",
        8 http_client HttpClient => "the machine gives nothing to reach a node with"
            => "see whether it is out of memory or of open files",
        9 file_disagrees FileDisagrees => "the readable part of a transaction file is not what its bytes say"
            => "do not sign it: ask whoever sent it, or build it again",
        10 file File => "a file cannot be written" => "see whether the folder is there and has room",
        11 stdin Stdin => "standard input cannot be read" => "give the answer by a flag instead",
        12 stdout Stdout => "the result cannot be written on standard output"
            => "what was asked for may be done all the same: look before you ask again",
        13 encoding_failed EncodingFailed => "a value has no form as text" => "report it: it is a fault of this program",
        14 no_answer NoAnswer => "the node took the order and did not answer"
            => "the order may have been taken: ask for it before you give it again",
        15 outcome_unknown OutcomeUnknown => "the order was given and nobody could say what became of it"
            => "ask for its hash before you give it again: chortle query tx HASH",
        16 outnumbered Outnumbered => "other machines send for this account faster than this one"
            => "give each machine an account of its own, or send with --unordered",
        17 busy Busy => "another command sends for this account" => "wait until it has ended",
        20 no_key NoKey => "no key here can sign"
            => "see the keys with: chortle keys list; make one with: chortle keys add NAME",
        21 unknown_key UnknownKey => "there is no key of this name" => "see the keys with: chortle keys list",
        22 watch_only WatchOnly => "the name is of an address whose key is not here"
            => "sign where the key is: chortle tx build, then chortle tx sign there",
        23 name_taken NameTaken => "there is a key of this name already"
            => "choose another name, or delete the old key first: chortle keys delete NAME",
        24 no_words NoWords => "the key was imported without words" => "export its bytes with --private-key",
        25 no_secret NoSecret => "no secret could be read" => "write it on standard input, or on a terminal when asked",
        26 corrupt_key CorruptKey => "a key file is not as this program writes them"
            => "take it from a backup, or make the key again from its words: chortle keys import NAME",
        27 key_store KeyStore => "the folder of keys cannot be read or written"
            => "see whether it is yours and has room",
        28 open_permissions OpenPermissions => "a key file or its folder is open to others, or is a link"
            => "make it yours alone: chmod 700 the folder, chmod 600 the files; links are not followed",
        30 wrong_password WrongPassword => "the password is wrong, or the key file was changed"
            => "try again; a forgotten password cannot be found: import the key from its words",
        31 short_password ShortPassword => "the password is too short"
            => "take a longer one: a few words are easy to keep",
        32 passwords_differ PasswordsDiffer => "the two passwords differ" => "run the command again",
        33 password_file PasswordFile => "the password file cannot be read"
            => "it holds the password in its first line; see --password-file",
        34 password_stdin PasswordStdin => "no password could be read from standard input"
            => "write it there as one line",
        35 no_terminal NoTerminal => "a password is needed and there is no terminal to ask on"
            => "use --password-file FILE, --password-stdin, or the variable CHORTLE_PASSWORD_FILE",
        36 no_password NoPassword => "no password was read" => "run the command again",
        37 no_randomness NoRandomness => "the operating system gives no random bytes"
            => "make keys on a machine that has them; nothing was written",
        38 encryption_failed EncryptionFailed => "the key could not be encrypted" => "nothing was written: try again",
        39 not_verified NotVerified => "what the node answers is not proven"
            => "ask another node, or begin from a newer header of someone you trust: --trust HEIGHT:HASH",
        40 no_trust NoTrust => "nothing says where belief begins"
            => "name a header, --trust HEIGHT:HASH, or the genesis document, --genesis FILE",
        41 untrusted_node UntrustedNode => "the node does not prove who it is"
            => "if you know who runs it, name the authority behind it: --ca FILE",
        42 unknown_network UnknownNetwork => "the profile has no such network, or not all of it"
            => "add it: chortle config add-network NAME URL",
        43 wrong_network WrongNetwork => "the chain is not the one that is pinned under the network's name"
            => "check --node and --network; nothing was signed",
    }
}
