//! Fields from definition to prediction: narrowing, taggers, records, validation, bytes; and any text at all.

use adit_ml::fields::{
    Capture, Captures, Choice, Context, FieldCorpus, FieldExample, FieldModel, FieldSpec, FormField, FormSpec, Kind, Locale,
    Mark, Offsets, Part, Place, Rules, Span, States, Unmarked, find, fingerprint, train_fields,
};
use adit_ml::{Encoder, MiniLm, StaticEncoder};
use proptest::prelude::*;

fn context() -> Context {
    Context::at(2024, 3, 5, Locale::default())
}

fn parts(text: &str) -> Vec<Part> {
    vec![Part { text: text.to_owned(), ..Part::default() }]
}

fn example(n: usize, text: &str, marks: &[(usize, &str, bool)]) -> FieldExample {
    let mark = |(field, word, is_assigned): &(usize, &str, bool)| {
        let start = text.find(word).unwrap_or_default();
        Mark { field: *field, part: 0, start, end: start + word.len(), is_assigned: *is_assigned }
    };
    FieldExample {
        uid: format!("comment-{n}"),
        context: context(),
        parts: parts(text),
        marks: marks.iter().map(mark).collect(),
        unmarked: Unmarked::Unknown,
        captures: Vec::new(),
    }
}

fn texts(model: &FieldModel, field: usize, text: &str) -> Vec<String> {
    let predicted = model.predict(&parts(text), &context());
    predicted.into_iter().filter(|one| one.field == field).map(|one| text[one.found.start..one.found.end].to_owned()).collect()
}

fn spec(id: &str, base: Option<Kind>) -> FieldSpec {
    FieldSpec { id: id.into(), base, is_trainable: true, ..FieldSpec::default() }
}

/// Two dates a message, of which the one behind `due` is the field's; ids that no rule knows.
fn corpus() -> FieldCorpus {
    let mut examples = Vec::new();
    let days = [3, 4, 7, 9, 11, 12, 14, 17, 19, 21, 22, 23, 24, 25, 26, 27, 28, 5, 6, 8];
    for (n, day) in days.iter().enumerate() {
        let (written, due, id) = (format!("{day} January 2024"), format!("{day} May 2024"), format!("KX-{}{day}", 40 + n));
        let text = match n % 3 {
            0 => format!("Written on {written}. The rent is due by {due} for {id}.\n\nSee 1 July 2023."),
            1 => format!("Payment due {due}, letter of {written}, file {id}\n\nOn 2 July 2023 we met."),
            _ => format!("As of {written} the fee for {id} is due on {due}."),
        };
        examples.push(example(n, &text, &[(0, &due, true), (0, &written, false), (1, &id, true)]));
    }
    FieldCorpus { fields: vec![spec("due", Some(Kind::Date)), spec("file", None)], forms: Vec::new(), examples }
}

/// People announced in the same way; the names and verbs of the tested texts stand in no example.
fn people() -> FieldCorpus {
    let names = ["anna", "peter", "maria", "john", "lisa", "thomas", "julia", "paul", "sarah", "david"];
    let example = |(n, name): (usize, &&str)| {
        let text = match n % 2 {
            0 => format!("yesterday {name} called about the parcel"),
            _ => format!("please tell {name} that the box is here"),
        };
        FieldExample { unmarked: Unmarked::Empty, ..example(n, &text, &[(0, name, true)]) }
    };
    FieldCorpus { fields: vec![spec("who", None)], forms: Vec::new(), examples: names.iter().enumerate().map(example).collect() }
}

/// Messages with people, and others that somebody read for something else.
fn read_for_labels() -> FieldCorpus {
    let mut corpus = people();
    corpus.examples.iter_mut().for_each(|it| it.unmarked = Unmarked::Unknown);
    let others =
        ["yesterday everything stopped", "please tell me more", "the invoice is wrong", "yesterday it called for action"];
    let silent = |(n, text): (usize, &&str)| FieldExample { unmarked: Unmarked::LikelyEmpty, ..example(100 + n, text, &[]) };
    corpus.examples.extend(others.iter().cycle().take(16).enumerate().map(silent));
    corpus
}

#[test]
fn messages_that_were_read_without_a_value_say_where_there_is_none() {
    let known = |corpus: &FieldCorpus| train_fields(corpus, None, 1, 0, &|| true).unwrap().0;
    let mut certain = read_for_labels();
    certain.examples.truncate(people().examples.len());
    let found = |model: &FieldModel, text: &str| texts(model, 0, text);
    let (without, with) = (known(&certain), known(&read_for_labels()));
    let strange = "yesterday nothing called about it";
    assert_eq!(found(&without, strange), ["nothing"], "every message that it knows holds somebody");
    let sure = |model: &FieldModel| {
        let predicted = model.predict(&parts(strange), &context());
        predicted.iter().filter_map(|one| one.found.probability).fold(0.0, f32::max)
    };
    assert!(sure(&with) < sure(&without) - 0.05, "{} {}", sure(&with), sure(&without));
    assert_eq!(found(&with, "yesterday robert called about the invoice"), ["robert"]);

    // A value that was passed over is no example of nothing.
    let mut passed_over = read_for_labels();
    let text = "yesterday robert called about the parcel";
    let silent = |n: usize| FieldExample { unmarked: Unmarked::LikelyEmpty, ..example(200 + n, text, &[]) };
    passed_over.examples.extend((0..40).map(silent));
    assert_eq!(found(&known(&passed_over), text), ["robert"]);

    // Another review of labels alone is no reason to learn fields anew, twice as many are.
    let name = |n: usize| {
        let mut corpus = read_for_labels();
        corpus.examples.extend((0..n).map(silent));
        fingerprint(&corpus, None, 0)
    };
    assert_eq!(name(0), name(1));
    assert_ne!(name(0), name(16));
}

#[test]
fn a_field_from_scratch_reads_what_the_encoder_makes_of_words() {
    let encoder = MiniLm::embedded(2).unwrap();
    let other = StaticEncoder::embedded().unwrap();
    let (model, _) = train_fields(&people(), Some(&encoder), 1, 0, &|| true).unwrap();
    let (again, _) = train_fields(&people(), Some(&encoder), 2, 0, &|| true).unwrap();
    let bytes = model.to_bytes();
    assert_eq!(bytes, again.to_bytes(), "the same on any threads");
    let read = FieldModel::from_bytes(&bytes).unwrap();
    assert_eq!(read.to_bytes(), bytes);
    for cut in 0..bytes.len().min(2_000) {
        assert!(FieldModel::from_bytes(&bytes[..bytes.len() - 1 - cut]).is_err());
    }

    let texts = ["last week robert wrote about the invoice", "the invoice is wrong", "\n\nask emily whether the parcel came"];
    let comments: Vec<_> = texts.iter().map(|text| (parts(text), context())).collect();
    let states = read.states(&comments, &encoder);
    let predicted = read.predict_many(&comments, &states, 2);
    let shown: Vec<Vec<&str>> = predicted
        .iter()
        .zip(texts)
        .map(|(found, text)| found.iter().map(|one| &text[one.found.start..one.found.end]).collect())
        .collect();
    assert_eq!(shown, [vec!["robert"], vec![], vec!["emily"]]);

    // More words than are tagged at once, and more pieces than the network reads at once.
    let filler = "the weather was fine and the road was dry, ".repeat(90);
    let long = format!("{filler}yesterday robert wrote about the invoice");
    let long = [(parts(&long), context())];
    let found = read.predict_many(&long, &read.states(&long, &encoder), 1).remove(0);
    let values: Vec<&str> = found.iter().map(|one| one.found.value.as_str()).collect();
    assert_eq!(values, ["robert"], "as in a short one");
    let mut longer = people();
    let text = format!("yesterday laura called and said {filler}");
    longer.examples.push(FieldExample { unmarked: Unmarked::Empty, ..example(10, &text, &[(0, "laura", true)]) });
    assert!(train_fields(&longer, Some(&encoder), 1, 0, &|| true).unwrap().0.reads(encoder.digest()));

    // Without the encoder, or with another one, it is what it would have learnt from words alone.
    let (alone, _) = train_fields(&people(), None, 1, 0, &|| true).unwrap();
    let by_words = alone.predict_many(&comments, &States::default(), 1);
    assert_eq!(read.predict_many(&comments, &States::default(), 1), by_words);
    assert_ne!(predicted, by_words);
    assert!(read.reads(encoder.digest()) && !read.reads(other.digest()) && !alone.reads(encoder.digest()));
    assert_eq!(read.predict_many(&comments, &read.states(&comments, &other), 1), by_words);

    let seed = |corpus: &FieldCorpus, encoder| fingerprint(corpus, encoder, 0);
    assert_ne!(seed(&people(), Some(&encoder)), seed(&people(), None), "another encoder is another model");
    assert_eq!(seed(&people(), Some(&other)), seed(&people(), None), "one without states is none");
    let dates = FieldCorpus { fields: vec![spec("due", Some(Kind::Date))], ..corpus() };
    assert_eq!(seed(&dates, Some(&encoder)), seed(&dates, None), "nothing is learnt from scratch");
}

#[test]
fn a_trained_field_narrows_its_base_and_a_new_one_is_learnt_from_scratch() {
    let (model, report) = train_fields(&corpus(), None, 1, 0, &|| true).unwrap();
    let text = "Dated 2 January 2024. The invoice is due by 9 June 2024 for KX-7713.";
    assert_eq!(texts(&model, 0, text), ["9 June 2024"]);
    assert_eq!(texts(&model, 1, text), ["KX-7713"]);
    let all = FieldModel::unlearned(&corpus().fields);
    assert_eq!(texts(&all, 0, text), ["2 January 2024", "9 June 2024"], "before training the base predicts");
    assert!(texts(&all, 1, text).is_empty(), "nothing to go by");
    let score = &report.fields[0];
    assert_eq!(score.n_train + score.n_test, 20);
    assert!(score.n_test > 0 && score.f1() > Some(0.6), "{score:?}");
    assert!(report.fields[1].f1() > Some(0.6), "{report:?}");
}

#[test]
fn only_touched_paragraphs_are_known() {
    // Each message says in its second paragraph a date that nobody judged; it may not count as wrong.
    let (_, report) = train_fields(&corpus(), None, 1, 0, &|| true).unwrap();
    let score = &report.fields[0];
    assert!(score.n_predicted <= score.n_test + 1, "dates of other paragraphs count: {score:?}");
}

#[test]
fn fields_that_nobody_judged_predict_as_before() {
    let mut corpus = corpus();
    corpus.fields.push(spec("paid", Some(Kind::Date)));
    let (model, report) = train_fields(&corpus, None, 1, 0, &|| true).unwrap();
    assert_eq!(texts(&model, 2, "Paid on 3 May 2024.").len(), 1);
    assert!(!model.is_learnt(2) && report.fields[2].f1().is_none());
}

#[test]
fn the_same_data_give_the_same_bytes_on_any_number_of_threads() {
    let (model, report) = train_fields(&corpus(), None, 1, 0, &|| true).unwrap();
    let (again, report_again) = train_fields(&corpus(), None, 4, 0, &|| true).unwrap();
    let bytes = model.to_bytes();
    assert_eq!((&bytes, &report), (&again.to_bytes(), &report_again));
    let read = FieldModel::from_bytes(&bytes).unwrap();
    assert_eq!(read.to_bytes(), bytes);
    let text = "Dated 2 January 2024. The invoice is due by 9 June 2024 for KX-7713.";
    assert_eq!(read.predict(&parts(text), &context()), model.predict(&parts(text), &context()));
    for cut in [0, 7, 8, 20, bytes.len() / 2, bytes.len() - 1] {
        assert!(FieldModel::from_bytes(&bytes[..cut]).is_err());
    }
    assert!(train_fields(&corpus(), None, 1, 0, &|| false).is_err());
}

fn moves() -> FieldCorpus {
    let form_spec = FormSpec {
        id: "move".into(),
        fields: vec![
            FormField { name: "Amount".into(), spec: spec("money", Some(Kind::Money)), like: None },
            FormField { name: "Start date".into(), spec: spec("date", Some(Kind::Date)), like: None },
            FormField { name: "Account".into(), spec: spec("account", None), like: None },
        ],
    };
    let mut examples = Vec::new();
    for n in 0..24 {
        let (a, b) = (100 + 7 * n, 2000 + 3 * n);
        let text = if n % 2 == 0 {
            format!("Please move £{a} from ACC-{b}1 starting 3 April 2024.\nThe fee of $5 was noted on 1 March 2024.")
        } else {
            format!(
                "Please move £{a} from ACC-{b}1 starting 3 April 2024.\n\nThen move £{b} from ACC-{a}9 starting 8 April 2024."
            )
        };
        let place = |field: usize, word: &str| {
            let start = text.find(word).unwrap_or_default();
            Place { field, part: 0, start, end: start + word.len() }
        };
        let first: Capture = vec![place(0, &format!("£{a}")), place(1, "3 April 2024"), place(2, &format!("ACC-{b}1"))];
        let second: Capture = if n % 2 == 0 {
            Vec::new()
        } else {
            vec![place(0, &format!("£{b}")), place(1, "8 April 2024"), place(2, &format!("ACC-{a}9"))]
        };
        let records = [first, second].into_iter().filter(|record| !record.is_empty()).collect();
        examples.push(FieldExample {
            uid: format!("comment-{n}"),
            context: context(),
            parts: parts(&text),
            marks: Vec::new(),
            unmarked: Unmarked::Unknown,
            captures: vec![Captures { form: 0, records }],
        });
    }
    FieldCorpus { fields: Vec::new(), forms: vec![form_spec], examples }
}

#[test]
fn records_of_a_label_are_told_apart() {
    let (model, report) = train_fields(&moves(), None, 1, 0, &|| true).unwrap();
    let text = "Hello, please move £17 from ACC-8881 starting 3 May 2024.\n\nThen move £9 from ACC-9912 starting 8 June 2024.";
    let records = model.extract(&[0], &parts(text), &context()).remove(0);
    let shown: Vec<Vec<(usize, &str)>> = records
        .iter()
        .map(|record| record.values.iter().map(|value| (value.field, value.found.value.as_str())).collect())
        .collect();
    let expected = [
        vec![(0, "17 GBP"), (1, "2024-05-03T00:00:00Z"), (2, "ACC-8881")],
        vec![(0, "9 GBP"), (1, "2024-06-08T00:00:00Z"), (2, "ACC-9912")],
    ];
    assert_eq!(shown, expected);
    assert!(records.iter().all(|record| record.extraction <= record.occurrence && record.extraction > 0.0));
    let bytes = model.to_bytes();
    let read = FieldModel::from_bytes(&bytes).unwrap();
    assert_eq!(read.extract(&[0], &parts(text), &context()).remove(0), records);
    let form = &report.forms[0];
    assert!(form.n_test_captures > 0 && form.curve().average_precision > Some(0.6), "{form:?}");
    assert_eq!(form.n_train_captures + form.n_test_captures, 36);
}

#[test]
fn an_untrained_form_goes_by_order_and_by_names_beside_values() {
    let corpus = FieldCorpus { examples: Vec::new(), ..moves() };
    let (model, _) = train_fields(&corpus, None, 1, 0, &|| true).unwrap();
    let text = "Letter of 1 May 2024. Amount: £300\nStart date: 7 May 2024";
    let records = model.extract(&[0], &parts(text), &context()).remove(0);
    let values: Vec<&str> = records[0].values.iter().map(|value| value.found.value.as_str()).collect();
    assert_eq!(values, ["300 GBP", "2024-05-07T00:00:00Z"]);
    assert_eq!(records.len(), 1);
    let empty = model.extract(&[0], &parts("nothing here"), &context()).remove(0);
    assert!(empty.len() == 1 && empty[0].values.is_empty());
}

#[test]
fn rules_of_users_find_and_suppress() {
    let rules = Rules {
        suppressors: vec!["10 may 2024".into()],
        choices: vec![Choice { name: "Express".into(), values: vec!["next day".into()] }],
        patterns: vec![r"\bQ\d{3}\b".into()],
    };
    let model = FieldModel::unlearned(&[FieldSpec { id: "x".into(), base: Some(Kind::Date), rules, is_trainable: false }]);
    assert_eq!(texts(&model, 0, "Q123 by Next-Day or 9 May 2024, not 10 May 2024"), ["Q123", "9 May 2024"]);
    assert_eq!(texts(&model, 0, "the next day"), ["next day"]);
}

fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "\\PC{0,6}",
        2 => "[0-9]{1,12}",
        3 => prop::sample::select(vec![
            "£", "$", "€", ".", ",", "-", "/", ":", "\n", "\n\n", " ", "%", "@", "+", "(", ")", "'", "😀", "e\u{301}", "\u{a0}", "ß", "İ",
            "January", "may", "the 5th", "next Friday", "in 3 weeks", "half past", "10:30", "am", "GBP", "million", "http://", "www.",
            "Policy no", "Insured:", "Dear", "Mr", "GmbH", "United Kingdom", "TX", "LS1 4AP", "GB82", "999999999999999999999999",
        ]).prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn every_place_in_any_text_is_sound(text in any_text(), micros in any::<i64>()) {
        let context = Context::at_micros(micros, Locale::of("de-DE"));
        let text = text.repeat(if text.len() % 5 == 0 { 20 } else { 1 });
        let offsets = Offsets::new(&text);
        for kind in Kind::all() {
            let mut last = 0;
            for found in find(kind, &text, &context) {
                prop_assert!(found.start >= last && found.start < found.end, "{kind:?} {found:?}");
                last = found.end;
                let shown = text.get(found.start..found.end);
                prop_assert!(shown.is_some() && !found.value.is_empty());
                let span = Span::of(&text, found.start, found.end);
                prop_assert_eq!(offsets.span(found.start, found.end), span);
                let by_chars: String = text.chars().skip(span.char_start).take(span.char_end - span.char_start).collect();
                prop_assert_eq!(Some(by_chars.as_str()), shown);
                prop_assert_eq!(Span::bytes_in(&text, span.utf16_byte_start, span.utf16_byte_end), Some((found.start, found.end)));
                let units: Vec<u16> = text.encode_utf16().collect();
                let by_units = String::from_utf16(&units[span.utf16_byte_start / 2..span.utf16_byte_end / 2]).ok();
                prop_assert_eq!(by_units.as_deref(), shown);
            }
        }
    }

    #[test]
    fn learnt_fields_read_any_text(text in any_text()) {
        static MODELS: std::sync::LazyLock<(FieldModel, FieldModel)> = std::sync::LazyLock::new(|| {
            (train_fields(&corpus(), None, 1, 0, &|| true).unwrap().0, train_fields(&moves(), None, 1, 0, &|| true).unwrap().0)
        });
        for one in MODELS.0.predict(&parts(&text), &context()) {
            prop_assert!(text.get(one.found.start..one.found.end).is_some_and(|shown| !shown.is_empty()));
            prop_assert!(one.found.probability.is_none_or(|p| (0.0..=1.0).contains(&p)));
        }
        for record in MODELS.1.extract(&[0], &parts(&text), &context()).remove(0) {
            prop_assert!((0.0..=1.0).contains(&record.extraction) && record.extraction <= record.occurrence);
        }
    }

    #[test]
    fn any_bytes_are_a_model_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut with_magic = b"ADITFLD1".to_vec();
        with_magic.extend(&bytes);
        let _ = FieldModel::from_bytes(&bytes).is_ok() || FieldModel::from_bytes(&with_magic).is_ok();
    }
}
