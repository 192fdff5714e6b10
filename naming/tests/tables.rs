//! The rows of `src/looks.in` and `src/pictures.in`: made here from pinned tables of Unicode, and held, so that what a
//! name may be never depends on a compiler or a library. `CHORTLE_BLESS=1` writes them anew.

use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path};

use chortle_kernel::hash::sha256;
use chortle_naming::{UNICODE, skeletons, text::ensure_name};
use icu_casemap::CaseMapper;
use icu_locale_core::LanguageIdentifier;
use icu_normalizer::DecomposingNormalizer;
use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{DefaultIgnorableCodePoint, ExtendedPictographic, GeneralCategory},
};

/// Every verdict and every skeleton, of each code point alone behind a letter.
const VERDICTS: &str = "1b412003ff0a581c7e1843d92017a24d73d4653324b291d718efca82ef1e095f";
/// Passes that settle every character: a prototype in upper case may have a prototype of its own.
const PASSES: usize = 8;
/// Characters that leave no ink though Unicode calls them letters or symbols: Braille and hieroglyphs that are blank, a
/// note without its head, the place of an object.
const BLANK: [char; 5] = ['\u{2800}', '\u{13441}', '\u{13442}', '\u{1d159}', '\u{fffc}'];
/// Signs that claim that a name is the true one: copyright, registered, marks of trade, ticks.
const SEALS: [char; 10] = ['©', '®', '℗', '℠', '™', '☑', '✅', '✓', '✔', '🗸'];

/// What a row says, in the letters of `looks.rs`.
fn row(c: char) -> String {
    let quoted = |text: &str| {
        let shown =
            text.chars().map(|c| if c.is_ascii() { c.to_string() } else { c.escape_unicode().to_string() });
        format!("\"{}\"", shown.collect::<String>())
    };
    if let Some(why) = refused(c) {
        return format!("R({why})");
    }
    if is_mark(c) {
        return "M".into();
    }
    if SEALS.contains(&c) {
        return "F".into();
    }
    let own = c.to_string();
    let (low, high) = (settled(own.clone()), settled(upper(&own)));
    match (low.as_str(), high.as_str()) {
        // A syllable falls apart into parts that no name has.
        _ if low.chars().any(|part| refused(part).is_some()) => "O".into(),
        ("#", _) | (_, "#") => "R(Nu)".into(),
        // What looks like a letter is one; of a percent sign only a nought would be left.
        _ if says_nothing(c) && !low.chars().all(is_word) => "F".into(),
        // A letter that looks like punctuation: people may overlook it, and people write with it.
        ("", "") if is_word(c) => format!("C(\"\", {})", quoted(&own)),
        ("", "") => "F".into(),
        (same, other) if same == other && same == own => "O".into(),
        (same, other) if same == other => format!("L({})", quoted(same)),
        _ => format!("C({}, {})", quoted(&low), quoted(&high)),
    }
}

fn category(c: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(c)
}

fn refused(c: char) -> Option<&'static str> {
    let jamo = matches!(c, '\u{1100}'..='\u{11ff}' | '\u{a960}'..='\u{a97f}' | '\u{d7b0}'..='\u{d7ff}');
    match category(c) {
        GeneralCategory::Unassigned => Some("Un"),
        GeneralCategory::Control => Some("Ct"),
        GeneralCategory::Format => Some("Fo"),
        GeneralCategory::PrivateUse => Some("Pr"),
        GeneralCategory::LineSeparator | GeneralCategory::ParagraphSeparator => Some("Sp"),
        GeneralCategory::SpaceSeparator if c != ' ' => Some("Sp"),
        _ if CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c) || BLANK.contains(&c) => {
            Some("Bl")
        }
        _ if jamo => Some("Ja"),
        _ => None,
    }
}

fn is_mark(c: char) -> bool {
    matches!(category(c), GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark)
}

/// Letters and numbers, without those that modify others.
fn is_word(c: char) -> bool {
    use GeneralCategory as Of;
    let letters = [Of::UppercaseLetter, Of::LowercaseLetter, Of::TitlecaseLetter, Of::OtherLetter];
    let numbers = [Of::DecimalNumber, Of::LetterNumber, Of::OtherNumber];
    letters.contains(&category(c)) || numbers.contains(&category(c))
}

/// Space, punctuation and signs: they make no other name. A number sign stays, to be refused.
fn says_nothing(c: char) -> bool {
    use GeneralCategory as Of;
    let kinds = [
        Of::SpaceSeparator,
        Of::ConnectorPunctuation,
        Of::DashPunctuation,
        Of::OpenPunctuation,
        Of::ClosePunctuation,
        Of::InitialPunctuation,
        Of::FinalPunctuation,
        Of::OtherPunctuation,
        Of::MathSymbol,
        Of::CurrencySymbol,
        Of::ModifierSymbol,
    ];
    c != '#' && (kinds.contains(&category(c)) || SEALS.contains(&c))
}

fn upper(text: &str) -> String {
    CaseMapper::new().uppercase_to_string(text, &LanguageIdentifier::UNKNOWN).into_owned()
}

/// Compatible form, prototype, upper case, no marks, our own pairs; again, until nothing changes.
fn settled(mut text: String) -> String {
    for _ in 0..PASSES {
        let plain = DecomposingNormalizer::new_nfkd().normalize(&text).into_owned();
        let prototype = upper(&unicode_security::skeleton(&plain).collect::<String>());
        let shapes = prototype.chars().filter(|c| !is_mark(*c) && !says_nothing(*c)).map(shape);
        let next = shapes.collect::<String>().replace("VV", "W").replace("RN", "M");
        if next == text {
            return text;
        }
        text = next;
    }
    panic!("{text:?} is not settled in {PASSES} passes");
}

/// Letters and digits that people take for each other; letters in a box, a disc or a flag.
fn shape(c: char) -> char {
    let boxed = |first: u32| char::from_u32(u32::from(c) - first + u32::from('A')).map_or(c, shape);
    match c {
        '\u{1f150}'..='\u{1f169}' => boxed(0x1f150),
        '\u{1f170}'..='\u{1f189}' => boxed(0x1f170),
        '\u{1f1e6}'..='\u{1f1ff}' => boxed(0x1f1e6),
        '0' | 'Q' => 'O',
        '1' | 'L' => 'I',
        '2' => 'Z',
        '5' => 'S',
        '6' => 'G',
        '8' => 'B',
        other => other,
    }
}

fn characters() -> impl Iterator<Item = char> {
    '\0'..=char::MAX
}

/// Neighbours that say the same, as one run.
fn runs<T: PartialEq>(rows: impl Iterator<Item = (u32, T)>) -> Vec<(u32, u32, T)> {
    let mut runs: Vec<(u32, u32, T)> = Vec::new();
    for (at, said) in rows {
        match runs.last_mut() {
            Some((_, last, same)) if *same == said && *last + 1 == at => *last = at,
            _ => runs.push((at, at, said)),
        }
    }
    runs
}

/// Compares a file with what the tables say, or writes it.
fn hold(name: &str, rows: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(name);
    let text = format!("[\n{rows}]\n");
    if std::env::var_os("CHORTLE_BLESS").is_some() {
        fs::write(&path, text).expect("the file can be written");
    } else {
        let found = fs::read_to_string(&path).expect("the file is there");
        assert!(found == text, "{name} is not what the tables of Unicode say: CHORTLE_BLESS=1 writes it");
    }
}

#[test]
fn the_rows_are_what_the_pinned_tables_say() {
    let (major, minor, patch) = unicode_security::UNICODE_VERSION;
    assert_eq!(UNICODE, format!("{major}.{minor}.{patch}"));

    let mut looks = String::new();
    for (first, last, said) in runs(characters().map(|c| (u32::from(c), row(c)))) {
        writeln!(looks, "(0x{first:x}, 0x{last:x}, {said}),").expect("a text grows");
    }
    hold("looks.in", &looks);

    let pictographic = CodePointSetData::new::<ExtendedPictographic>();
    let pictures =
        characters().filter(|c| pictographic.contains(*c) && !c.is_ascii() && refused(*c).is_none());
    let mut listed = String::new();
    for (first, last, ()) in runs(pictures.map(|c| (u32::from(c), ()))) {
        writeln!(listed, "(0x{first:x}, 0x{last:x}),").expect("a text grows");
    }
    hold("pictures.in", &listed);
}

#[test]
fn the_verdict_on_every_character_is_pinned() {
    let mut verdicts = String::new();
    for c in characters() {
        let name = format!("a{c}");
        let verdict = ensure_name(&name).map_or_else(|refused| refused.sentence, |()| "accepted".into());
        writeln!(verdicts, "{:x} {verdict} {:?}", u32::from(c), skeletons(&name)).expect("a text grows");
    }
    let found: String = sha256(verdicts.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(found, VERDICTS, "what names may be has changed");
}

/// A mark, a space, punctuation and signs make no name of their own, unless they look like a letter (`|`).
#[test]
fn no_accepted_character_makes_another_name_that_looks_the_same() {
    let real = skeletons("Tether");
    let mut marks = BTreeSet::new();
    for c in characters().filter(|c| ensure_name(&format!("Tether{c}")).is_ok()) {
        let seen = skeletons(&format!("Tether{c}"));
        let letter = |text: &String| !is_mark(c) && text.chars().skip("TETHER".len()).any(is_word);
        let silent = is_mark(c) || says_nothing(c);
        assert!(
            !silent || seen.is_subset(&real) || seen.iter().all(letter),
            "U+{:04X}: {seen:?}",
            u32::from(c)
        );
        assert!(
            refused(c).is_none() && !(c.is_whitespace() && c != ' '),
            "U+{:04X} leaves no ink",
            u32::from(c)
        );
        if is_mark(c) {
            marks.insert(c);
        }
    }
    assert!(marks.len() >= 1_687, "{} marks are tried", marks.len());
}

#[test]
fn every_skeleton_of_a_character_is_its_own_skeleton() {
    for c in characters().filter(|c| ensure_name(&format!("a{c}")).is_ok()) {
        for seen in skeletons(&c.to_string()) {
            assert_eq!(skeletons(&seen), BTreeSet::from([seen.clone()]), "U+{:04X}", u32::from(c));
        }
    }
}
