//! The language that a text is written in.

use whatlang::Lang;

use crate::classifier::for_each_index;

/// Fewer bytes of letters say nothing.
const LEAST_LETTERS: usize = 20;
/// Bytes that are read: longer texts tell no more.
const READ: usize = 4_096;

/// The language of a text, as ISO 639-1 codes it (639-3 where that has no code), if the text is long enough and the
/// statistics of its letters and groups of three letters leave little doubt (W. B. Cavnar and J. M. Trenkle, "N-gram-based
/// text categorization", 1994); signs and digits say nothing.
#[must_use]
pub fn of_text(text: &str) -> Option<&'static str> {
    let read = &text[..text.floor_char_boundary(READ)];
    let n_letters: usize = read.chars().filter(|c| c.is_alphabetic()).map(char::len_utf8).sum();
    if n_letters < LEAST_LETTERS {
        return None;
    }
    whatlang::detect(read).filter(whatlang::Info::is_reliable).map(|found| code(found.lang()))
}

/// The languages of texts, in their order, on up to `threads` threads.
#[must_use]
pub fn of_texts(texts: &[&str], threads: usize) -> Vec<Option<&'static str>> {
    for_each_index(texts.len(), threads, |n| of_text(texts[n]))
}

/// The code of a language.
fn code(language: Lang) -> &'static str {
    match language {
        Lang::Epo => "eo",
        Lang::Eng => "en",
        Lang::Rus => "ru",
        Lang::Cmn => "zh",
        Lang::Spa => "es",
        Lang::Por => "pt",
        Lang::Ita => "it",
        Lang::Ben => "bn",
        Lang::Fra => "fr",
        Lang::Deu => "de",
        Lang::Ukr => "uk",
        Lang::Kat => "ka",
        Lang::Ara => "ar",
        Lang::Hin => "hi",
        Lang::Jpn => "ja",
        Lang::Heb => "he",
        Lang::Yid => "yi",
        Lang::Pol => "pl",
        Lang::Amh => "am",
        Lang::Jav => "jv",
        Lang::Kor => "ko",
        Lang::Nob => "nb",
        Lang::Dan => "da",
        Lang::Swe => "sv",
        Lang::Fin => "fi",
        Lang::Tur => "tr",
        Lang::Nld => "nl",
        Lang::Hun => "hu",
        Lang::Ces => "cs",
        Lang::Ell => "el",
        Lang::Bul => "bg",
        Lang::Bel => "be",
        Lang::Mar => "mr",
        Lang::Kan => "kn",
        Lang::Ron => "ro",
        Lang::Slv => "sl",
        Lang::Hrv => "hr",
        Lang::Srp => "sr",
        Lang::Mkd => "mk",
        Lang::Lit => "lt",
        Lang::Lav => "lv",
        Lang::Est => "et",
        Lang::Tam => "ta",
        Lang::Vie => "vi",
        Lang::Urd => "ur",
        Lang::Tha => "th",
        Lang::Guj => "gu",
        Lang::Uzb => "uz",
        Lang::Pan => "pa",
        Lang::Aze => "az",
        Lang::Ind => "id",
        Lang::Tel => "te",
        Lang::Pes => "fa",
        Lang::Mal => "ml",
        Lang::Ori => "or",
        Lang::Mya => "my",
        Lang::Nep => "ne",
        Lang::Sin => "si",
        Lang::Khm => "km",
        Lang::Tuk => "tk",
        Lang::Aka => "ak",
        Lang::Zul => "zu",
        Lang::Sna => "sn",
        Lang::Afr => "af",
        Lang::Lat => "la",
        Lang::Slk => "sk",
        Lang::Cat => "ca",
        Lang::Tgl => "tl",
        Lang::Hye => "hy",
        Lang::Cym => "cy",
    }
}

#[cfg(test)]
mod tests {
    use whatlang::Lang;

    use super::{code, of_text, of_texts};

    #[test]
    fn a_text_that_is_long_enough_tells_its_language() {
        let texts = [
            ("Guten Tag, ich habe gestern meine Karte verloren und brauche bitte eine neue.", Some("de")),
            ("Bonjour, ma carte a été avalée hier soir par le distributeur, que dois-je faire maintenant ?", Some("fr")),
            ("Good morning, the driver left the parcel with a neighbour who has moved away since then.", Some("en")),
            ("先週注文した商品がまだ届いていませんが、いつ発送されますか。", Some("ja")),
            ("Karte?", None),
            ("KX-7713 / 4021 9981 2210, 17:45, 99.80", None),
            ("", None),
        ];
        for (text, expected) in texts {
            assert_eq!(of_text(text), expected, "{text}");
        }
        let alone = texts.map(|(text, _)| text);
        assert_eq!(of_texts(&alone, 3), texts.map(|(_, language)| language));
        assert_eq!(of_text(&"ß".repeat(5_000)), of_text(&"ß".repeat(2_048)), "the end of what is read may lie inside a letter");
    }

    #[test]
    fn every_language_has_a_code_of_its_own() {
        let mut codes: Vec<&str> = Lang::all().iter().map(|language| code(*language)).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Lang::all().len());
        assert!(codes.iter().all(|code| code.len() == 2));
    }
}
