//! What a text looks like at a glance.

use std::collections::BTreeSet;

use crate::looks::{Look, look};

/// What a text looks like: two texts with one skeleton can be taken for each other.
///
/// Letters become their prototype in upper case; accents, spaces, punctuation, signs and letters that look like them
/// vanish, and so does what no name may have; our own pairs are joined: `0` and `Q` with `O`, `1` and `L` with `I`,
/// `VV` with `W`, `RN` with `M`.
pub fn skeleton(text: &str) -> String {
    let written = joined(text, |low, _| low);
    if written.is_empty() { skeleton_upper(text) } else { written }
}

/// What a text looks like in upper case, with every letter of it.
fn skeleton_upper(text: &str) -> String {
    joined(text, |_, high| high)
}

fn joined(text: &str, choose: impl Fn(&'static str, &'static str) -> &'static str) -> String {
    let mut shapes = String::with_capacity(text.len());
    for c in text.chars() {
        match look(c) {
            Look::Refused(_) | Look::Mark | Look::Filling => {}
            Look::Own => shapes.push(c),
            Look::Like(shape) => shapes.push_str(shape),
            Look::Cased(low, high) => shapes.push_str(choose(low, high)),
        }
    }
    shapes.replace("VV", "W").replace("RN", "M")
}

/// All that a text looks like: as it is written, and in upper case where that looks like something else.
pub fn skeletons(text: &str) -> BTreeSet<String> {
    [skeleton(text), skeleton_upper(text)].into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn look_alikes_share_a_skeleton() {
        for (a, b) in [
            ("LOL", "10L"),
            ("DOGE", "D0GE"),
            ("SOL", "5O1"),
            ("WIF", "VVIF"),
            ("BOB", "8Q8"),
            ("MOON", "RNOON"),
            ("Bitcoin", "BITCOIN"),
            ("Bitcoin", "B\u{456}tc\u{43e}in"),
            ("Ethereum", "\u{395}ther\u{435}um"),
            ("Tether", "T\u{435}th\u{435}r"),
            ("USDC", "\u{ff35}\u{ff33}\u{ff24}\u{ff23}"),
            ("Solana", "\u{1d412}olana"),
            ("Doge", "Do\u{200b}ge"),
            ("Doge", "D\u{f6}ge"),
            ("Doge", "Do\u{300}g\u{301}e"),
            ("USD Coin", "usd  coin"),
        ] {
            assert_eq!(skeleton(a), skeleton(b), "{a} {b}");
        }
        for (a, b) in [("DOGE", "DOGS"), ("CAT", "DOG"), ("柴犬", "秋田"), ("Bitcoin", "Bitcorn")] {
            assert_ne!(skeleton(a), skeleton(b), "{a} {b}");
        }
    }

    #[test]
    fn spaces_punctuation_and_signs_make_no_other_name() {
        for (real, fakes) in [
            ("USDC", ["U S D C", "USDC.", "U.S.D.C", "$USDC"].as_slice()),
            ("LOL", &["$LOL", "LOL!", "\"LOL\"", "L-O-L"]),
            ("USD Coin", &["USDCoin", "USD-Coin", "USD_Coin"]),
            ("Doggo Coin", &["DoggoCoin", "Doggo-Coin", "Doggo\u{2010}Coin"]),
            ("Tether", &["Tether.", "\u{20ae}ether", "Tether\u{2122}", "Tether\u{2713}", "Tether\u{2705}"]),
            ("Bitcoin", &["\u{392}itcoin", "Bitcoin\u{ae}", "`Bitcoin`"]),
            ("ETH", &["E\u{483}TH", "E\u{489}TH", "\u{395}TH"]),
            ("BTC", &["\u{412}\u{422}\u{421}", "B|TC".replace('|', "\u{b7}").as_str()]),
            ("LOL", &["\u{216c}O\u{216c}", "|_0|_"]),
            ("\u{2764}", &["\u{2764}\u{fe0f}"]),
        ] {
            for fake in fakes {
                assert_eq!(skeleton(fake), skeleton(real), "{fake} {real}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_symbol_is_looked_through_at_once(symbol in "[A-Z0-9]{1,13}") {
            let once = skeleton(&symbol);
            prop_assert_eq!(skeleton(&symbol.to_lowercase()), once.clone());
            prop_assert_eq!(skeleton(&once), once);
        }

        #[test]
        fn a_text_is_looked_through_at_once(text: String) {
            let once = skeleton(&text);
            prop_assert_eq!(skeleton(&once), once.clone());
            prop_assert_eq!(skeleton_upper(&once), once);
        }
    }
}
