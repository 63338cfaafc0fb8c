//! Undoes what a Chinese keyboard makes of digits and letters: full-width forms become plain ones, blanks go.

/// The characters of a number or code as it is stored: half-width, without blanks.
pub(crate) fn half_width(text: &str) -> impl Iterator<Item = char> {
    let narrow = |c: char| match c {
        // The full-width forms stand in the order of ASCII, 0xFEE0 further on.
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        other => other,
    };
    text.chars().map(narrow).filter(|c| !c.is_whitespace())
}
