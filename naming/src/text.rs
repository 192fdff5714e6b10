//! What a symbol and a name may be. Pure.

use chortle_kernel::{Reject, asset, ensure};

use crate::error::Error;

/// Refuses a symbol other than 1 to 13 of A-Z and 0-9. The upper bound is the type's.
pub fn ensure_symbol(symbol: &str) -> Result<(), Reject> {
    let plain = !symbol.is_empty() && symbol.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    ensure(plain, Error::SymbolOutOfRule { symbol: symbol.to_owned() })?;
    ensure(symbol != asset::NATIVE_SYMBOL, Error::SymbolReserved { symbol: symbol.to_owned() })
}

/// Refuses a name that is empty, that a reader cannot see whole, or that turns the text around it.
pub fn ensure_name(name: &str) -> Result<(), Reject> {
    let spaced = !name.starts_with(' ') && !name.ends_with(' ') && !name.contains("  ");
    let holds = !name.is_empty() && spaced && name.chars().all(is_visible);
    ensure(holds, Error::NameOutOfRule { name: name.escape_debug().to_string() })
}

/// Whether a character leaves ink (or is the plain space): no controls, no other spaces, no zero-width, direction,
/// filler, variation, tag, private or unassigned-by-design characters.
fn is_visible(c: char) -> bool {
    let hidden = matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{8e2}'
        | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{e000}'..='\u{f8ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{ffff}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{10ffff}');
    !hidden && !c.is_control() && (c == ' ' || !c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_is_plain_or_refused() {
        for symbol in ["A", "DOGE", "0", "ABCDEFGHIJKLM"] {
            assert!(ensure_symbol(symbol).is_ok(), "{symbol}");
        }
        for symbol in ["", "doge", "DO GE", "D\u{41e}GE", "DOGE#1", "A\u{200b}"] {
            assert_eq!(ensure_symbol(symbol).unwrap_err().name, "symbol_out_of_rule", "{symbol}");
        }
        assert_eq!(ensure_symbol("LOL").unwrap_err().name, "symbol_reserved");
    }

    #[test]
    fn a_name_is_visible_or_refused() {
        for name in ["Doge of the North", "柴犬", "Λ", "🐕", "שלום", "a-b.c!"] {
            assert!(ensure_name(name).is_ok(), "{name}");
        }
        for name in [
            "",
            " a",
            "a ",
            "a  b",
            "a\nb",
            "a\tb",
            "\u{202e}abc",
            "a\u{200b}b",
            "a\u{a0}b",
            "\u{3164}",
            "\u{0}",
        ] {
            assert_eq!(ensure_name(name).unwrap_err().name, "name_out_of_rule", "{name:?}");
        }
    }
}
