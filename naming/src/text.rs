//! What a symbol and a name may be. Pure.

use chortle_kernel::{Reject, asset, ensure};

use crate::{
    error::Error,
    looks::{Look, Why, is_picture, is_skin, look},
    skeleton::skeleton,
};

/// Behind a picture: draw it in colour. A phone writes it without being asked.
const VARIATION: char = '\u{fe0f}';
/// Between two pictures: draw them as one.
const JOINER: char = '\u{200d}';

/// Refuses a symbol other than 1 to 13 of A-Z and 0-9. The upper bound is the type's.
pub fn ensure_symbol(symbol: &str) -> Result<(), Reject> {
    let plain = !symbol.is_empty() && symbol.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    ensure(plain, Error::SymbolOutOfRule { symbol: shown(symbol) })?;
    ensure(symbol != asset::NATIVE_SYMBOL, Error::SymbolReserved { symbol: symbol.to_owned() })
}

/// Refuses a name that a reader cannot see whole, that turns the text around it, or of which nothing is left to tell it
/// by: no letter, number or picture.
pub fn ensure_name(name: &str) -> Result<(), Reject> {
    ensure_visible(name)?;
    let spaced = !name.starts_with(' ') && !name.ends_with(' ') && !name.contains("  ");
    ensure(spaced && !skeleton(name).is_empty(), Error::NameOutOfRule { name: name.to_owned() })
}

/// Refuses a text, of any number of lines, in which a reader cannot see every character, or that turns what stands
/// around it.
pub fn ensure_lines(text: &str) -> Result<(), Reject> {
    text.lines().try_for_each(ensure_visible)
}

fn ensure_visible(line: &str) -> Result<(), Reject> {
    let mut before = None;
    let mut rest = line.chars();
    while let Some(c) = rest.next() {
        ensure_character(before, c, rest.clone().next())?;
        before = Some(c);
    }
    Ok(())
}

/// Refuses a character that no name has, or none in this place.
fn ensure_character(before: Option<char>, c: char, after: Option<char>) -> Result<(), Reject> {
    let drawn = |c: Option<char>| c.is_some_and(|c| is_picture(c) || is_skin(c));
    let what = match (c, look(c)) {
        (VARIATION, _) if before.is_some_and(is_picture) => return Ok(()),
        (JOINER, _) if (drawn(before) || before == Some(VARIATION)) && after.is_some_and(is_picture) => {
            return Ok(());
        }
        (VARIATION, _) => "a variation selector without a picture before it",
        (JOINER, _) => "a joiner without a picture on each side",
        (_, Look::Refused(why)) => why.sentence(),
        (_, Look::Mark) if !before.is_some_and(bears_marks) => "a mark without a letter before it",
        _ => return Ok(()),
    };
    Err(Error::CharacterRefused { character: code_point(c), what: what.to_owned() }.into())
}

/// Whether a mark can stand on this.
fn bears_marks(c: char) -> bool {
    !matches!(look(c), Look::Filling | Look::Refused(_))
}

/// How people look a character up.
fn code_point(c: char) -> String {
    format!("U+{:04X}", u32::from(c))
}

/// A text of anyone, for an error: what no name has stands by its number.
pub fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match look(c) {
            Look::Refused(Why::Number) => shown.push(c),
            Look::Refused(_) => shown.push_str(&format!("<{}>", code_point(c))),
            _ => shown.push(c),
        }
    }
    shown
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
        let emoji =
            ["🐕", "❤\u{fe0f} Doge", "👨\u{200d}👩\u{200d}👧", "🏳\u{fe0f}\u{200d}🌈", "👍🏽", "👩🏽\u{200d}🚀"];
        for name in
            ["Doge of the North", "柴犬", "Λ", "שלום", "a-b.c!", "e\u{301}", "हिन्दी"].iter().chain(&emoji)
        {
            assert!(ensure_name(name).is_ok(), "{name}: {:?}", ensure_name(name));
        }
        for name in ["", " a", "a ", "a  b", ".", "$", " ", "-_-"] {
            assert_eq!(ensure_name(name).unwrap_err().name, "name_out_of_rule", "{name:?}");
        }
    }

    #[test]
    fn a_text_of_lines_is_visible_or_refused() {
        for text in ["", "One.\n\n  - two,  three\r\n", "\u{5d0}\u{5d1} 🐕\n"] {
            assert!(ensure_lines(text).is_ok(), "{text:?}");
        }
        for text in ["pay\u{202e}boB\n", "a\n\u{200b}", "\u{1b}[2J", "a\tb", "a\rb"] {
            assert_eq!(ensure_lines(text).unwrap_err().name, "character_refused", "{text:?}");
        }
    }

    #[test]
    fn a_refusal_names_the_character_and_says_what_it_is() {
        for (name, told) in [
            ("a\nb", "U+000A is a control character"),
            ("a\tb", "U+0009 is a control character"),
            ("\u{0}", "U+0000 is a control character"),
            ("\u{202e}abc", "U+202E is an invisible format character"),
            ("a\u{200b}b", "U+200B is an invisible format character"),
            ("Tether\u{13430}", "U+13430 is an invisible format character"),
            ("Tether\u{13441}", "U+13441 is invisible"),
            ("a\u{a0}b", "U+00A0 is a space other than the plain one"),
            ("\u{3164}", "U+3164 is invisible"),
            ("a\u{2800}", "U+2800 is invisible"),
            ("a\u{e0b0}", "U+E0B0 is a private-use character"),
            ("a\u{378}", "U+0378 is no character of Unicode 18"),
            ("\u{1112}\u{1161}\u{11ab}", "U+1112 is a part of a Korean syllable"),
            ("LOL#0", "U+0023 is a number sign, which stands before the number of an asset"),
            ("LOL\u{ff03}0", "U+FF03 is a number sign"),
            ("\u{301}", "U+0301 is a mark without a letter before it"),
            ("a \u{301}", "U+0301 is a mark without a letter before it"),
            ("Doge\u{fe0f}", "U+FE0F is a variation selector without a picture before it"),
            ("👨\u{200d}a", "U+200D is a joiner without a picture on each side"),
            ("\u{200d}👨", "U+200D is a joiner without a picture on each side"),
        ] {
            let refused = ensure_name(name).unwrap_err();
            assert_eq!(refused.name, "character_refused", "{name:?}");
            assert!(refused.sentence.starts_with(told), "{name:?}: {}", refused.sentence);
        }
    }
}
