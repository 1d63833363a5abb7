//! Places in a text in the two units of the wire: characters and bytes of UTF-16.

/// How many bytes lie between two places whose units are remembered.
const STRIDE: usize = 256;

/// The places of one text, for many questions.
#[derive(Debug)]
pub struct Offsets<'t> {
    text: &'t str,
    /// Characters and UTF-16 code units before each multiple of the stride, moved back to a boundary; none for ASCII.
    marks: Vec<(usize, usize)>,
}

impl<'t> Offsets<'t> {
    /// Looks through the text once.
    #[must_use]
    pub fn new(text: &'t str) -> Offsets<'t> {
        let mut marks = Vec::new();
        if !text.is_ascii() {
            let (mut at, mut chars, mut units) = (0, 0, 0);
            while at < text.len() {
                marks.push((chars, units));
                let next = floor(text, marks.len() * STRIDE);
                let (more_chars, more_units) = measure(&text[at..next]);
                (at, chars, units) = (next, chars + more_chars, units + more_units);
            }
        }
        Offsets { text, marks }
    }

    /// The place of `text[start..end]`, as [`Span::of`] tells it.
    #[must_use]
    pub fn span(&self, start: usize, end: usize) -> Span {
        let (char_start, unit_start) = self.before(floor(self.text, start));
        let (char_end, unit_end) = self.before(floor(self.text, end).max(floor(self.text, start)));
        Span { char_start, char_end, utf16_byte_start: 2 * unit_start, utf16_byte_end: 2 * unit_end }
    }

    fn before(&self, at: usize) -> (usize, usize) {
        let mark = (at / STRIDE).min(self.marks.len().saturating_sub(1));
        let Some((chars, units)) = self.marks.get(mark) else { return (at, at) };
        let (more_chars, more_units) = measure(&self.text[floor(self.text, mark * STRIDE)..at]);
        (chars + more_chars, units + more_units)
    }
}

/// A place in a text; both pairs mean the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first character.
    pub char_start: usize,
    /// The first character behind it.
    pub char_end: usize,
    /// Twice the UTF-16 code units before it.
    pub utf16_byte_start: usize,
    /// Twice the UTF-16 code units up to its end.
    pub utf16_byte_end: usize,
}

impl Span {
    /// The place of `text[start..end]`; offsets inside a character mean its start, offsets behind the text its end.
    #[must_use]
    pub fn of(text: &str, start: usize, end: usize) -> Span {
        Offsets::new(text).span(start, end)
    }

    /// The bytes of UTF-8 that the place covers; `None` if the text has no such place.
    #[must_use]
    pub fn bytes_in(text: &str, utf16_byte_start: usize, utf16_byte_end: usize) -> Option<(usize, usize)> {
        let at = |wanted: usize| {
            let mut passed = 0;
            for (at, c) in text.char_indices() {
                if passed == wanted {
                    return Some(at);
                }
                passed += 2 * c.len_utf16();
            }
            (passed == wanted).then_some(text.len())
        };
        let (start, end) = (at(utf16_byte_start)?, at(utf16_byte_end)?);
        (start <= end).then_some((start, end))
    }
}

fn measure(text: &str) -> (usize, usize) {
    if text.is_ascii() {
        return (text.len(), text.len());
    }
    text.chars().fold((0, 0), |(chars, units), c| (chars + 1, units + c.len_utf16()))
}

fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::Span;

    #[test]
    fn both_units_mean_the_same_place() {
        let text = "né 😀 £5";
        let start = text.find('£').unwrap_or_default();
        let span = Span::of(text, start, text.len());
        let expected = Span { char_start: 5, char_end: 7, utf16_byte_start: 12, utf16_byte_end: 16 };
        assert_eq!(span, expected);
        assert_eq!(Span::bytes_in(text, 12, 16), Some((start, text.len())));
        assert_eq!(Span::bytes_in(text, 7, 8), None, "half a surrogate pair is no place");
        assert_eq!(Span::of(text, start + 1, 99).char_start, 5);
    }
}
