//! What each character looks like. The rows are generated from pinned tables and stand in the tree: what a name may be
//! depends on no compiler and no library. `tests/tables.rs` makes them and holds them.

/// The version of Unicode that the rows are made from.
pub const UNICODE: &str = "18.0.0";

/// What a reader sees of a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// No name has it.
    Refused(Why),
    /// An accent or another mark on the letter before it.
    Mark,
    /// Space, punctuation and signs that say nothing: `U S D C`, `USDC.` and `$USDC` look like `USDC`.
    Filling,
    /// Itself.
    Own,
    /// What it can be taken for.
    Like(&'static str),
    /// What it can be taken for as it is written, and in upper case. A letter that looks like punctuation looks like
    /// nothing, and like itself.
    Cased(&'static str, &'static str),
}

/// Why no name has a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It controls a terminal.
    Control,
    /// It changes direction or joining, and leaves no ink.
    Format,
    /// It means nothing yet.
    Unassigned,
    /// Each font draws it as it likes.
    Private,
    /// It looks like the plain space, or breaks the line.
    Space,
    /// It leaves no ink.
    Blank,
    /// It makes a syllable with its neighbours that looks like a character of its own.
    Jamo,
    /// `DOGE#17` is how an asset is shown.
    Number,
}

impl Why {
    /// What the character is, for people.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Control => "a control character",
            Self::Format => "an invisible format character",
            Self::Unassigned => "no character of Unicode 18",
            Self::Private => "a private-use character",
            Self::Space => "a space other than the plain one",
            Self::Blank => "invisible",
            Self::Jamo => "a part of a Korean syllable (write the syllable as one character)",
            Self::Number => "a number sign, which stands before the number of an asset",
        }
    }
}

/// Every character, in runs: first, last, look.
static ROWS: &[(u32, u32, Look)] = {
    use Look::{Cased as C, Filling as F, Like as L, Mark as M, Own as O, Refused as R};
    use Why::{
        Blank as Bl, Control as Ct, Format as Fo, Jamo as Ja, Number as Nu, Private as Pr, Space as Sp,
        Unassigned as Un,
    };
    &include!("looks.in")
};

/// Pictures: emoji and their kin, in runs. A phone writes a variation selector behind them, and joins them.
static PICTURES: &[(u32, u32)] = &include!("pictures.in");

/// What a character looks like.
pub fn look(c: char) -> Look {
    let c = u32::from(c);
    let row = ROWS.binary_search_by(|(first, last, _)| order(*first, *last, c)).ok();
    row.and_then(|row| ROWS.get(row)).map_or(Look::Refused(Why::Unassigned), |(_, _, look)| *look)
}

/// Whether a character is a picture.
pub fn is_picture(c: char) -> bool {
    let c = u32::from(c);
    PICTURES.binary_search_by(|(first, last)| order(*first, *last, c)).is_ok()
}

/// Whether a character is the skin of the picture before it.
pub fn is_skin(c: char) -> bool {
    matches!(c, '\u{1f3fb}'..='\u{1f3ff}')
}

/// Where a run stands from a character.
fn order(first: u32, last: u32, c: u32) -> std::cmp::Ordering {
    if last < c {
        std::cmp::Ordering::Less
    } else if first > c {
        std::cmp::Ordering::Greater
    } else {
        std::cmp::Ordering::Equal
    }
}
