//! What a text looks like at a glance. The tables are those of UTS 39 in the pinned crate `unicode-security`.

/// Passes that settle every text: a prototype in upper case may have a prototype of its own.
const PASSES: usize = 3;

/// What a text looks like at a glance: two texts with one skeleton can be taken for each other.
///
/// Confusable characters become their prototype, zero-width and combining marks vanish, case is upper, runs of space
/// are one, and our own pairs are joined: `0` and `Q` with `O`, `1` and `L` with `I`, `VV` with `W`, `RN` with `M`.
pub fn skeleton(text: &str) -> String {
    let mut prototype = text.to_owned();
    for _ in 0..PASSES {
        let shapes = unicode_security::skeleton(&prototype).filter(|c| !is_mark(*c));
        prototype = shapes.flat_map(char::to_uppercase).collect();
    }
    let joined = prototype.chars().map(look).collect::<String>().replace("VV", "W").replace("RN", "M");
    joined.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Accents and other combining marks over and under letters.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

fn look(c: char) -> char {
    match c {
        '0' | 'Q' => 'O',
        '1' | 'L' => 'I',
        '2' => 'Z',
        '5' => 'S',
        '6' => 'G',
        '8' => 'B',
        other => other,
    }
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

    proptest! {
        #[test]
        fn a_symbol_is_looked_through_at_once(symbol in "[A-Z0-9]{1,13}") {
            let once = skeleton(&symbol);
            prop_assert_eq!(skeleton(&symbol.to_lowercase()), once.clone());
            prop_assert_eq!(skeleton(&once), once);
        }

        #[test]
        fn no_text_is_too_strange(text: String) {
            let found = skeleton(&text);
            prop_assert!(!found.contains("  "));
        }
    }
}
