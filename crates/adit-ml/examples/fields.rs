//! Measures fields on NLU++ banking (slots by exact span) and the speed of the recognisers.
//!
//! Takes the path of `nlupp_banking.jsonl`; without it only the speed is measured. `table` before the path prints two
//! tables in Markdown instead: the slots, and the time of a training.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use adit_ml::fields::{
    Context, FieldCorpus, FieldExample, FieldModel, FieldSpec, Found, Kind, Locale, Mark, Part, PredictedField, States, Unmarked,
    find, train_fields,
};

use adit_ml::encoder::TokenStates;
use adit_ml::{Encoder, MiniLm};

type Failure = Box<dyn std::error::Error>;

/// The default encoder, which reads each text once: the folds share their texts.
struct Remembering {
    encoder: MiniLm,
    states: Mutex<HashMap<String, TokenStates>>,
}

impl Remembering {
    fn new(encoder: MiniLm) -> Remembering {
        Remembering { encoder, states: Mutex::default() }
    }
}

impl Encoder for Remembering {
    fn digest(&self) -> &str {
        self.encoder.digest()
    }

    fn dimension(&self) -> usize {
        self.encoder.dimension()
    }

    fn encode(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        self.encoder.encode(texts)
    }

    fn token_states(&self, texts: &[&str]) -> Option<Vec<TokenStates>> {
        let mut known = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        let new: Vec<&str> = texts.iter().copied().filter(|text| !known.contains_key(*text)).collect();
        let read = self.encoder.token_states(&new)?;
        known.extend(new.into_iter().map(str::to_owned).zip(read));
        Some(texts.iter().filter_map(|text| known.get(*text).cloned()).collect())
    }
}

struct Slot {
    kind: String,
    start: usize,
    end: usize,
    value: serde_json::Value,
}

struct Row {
    id: String,
    fold: usize,
    text: String,
    slots: Vec<Slot>,
}

/// Right, predicted and actual values by slot.
type Scores<'k> = BTreeMap<&'k str, [usize; 3]>;

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [word, path] = args.as_slice()
        && word == "table"
    {
        return table(&load(path)?);
    }
    speed();
    let Some(path) = args.first() else { return Ok(()) };
    let rows = load(path)?;
    values(&rows);
    let kinds = kinds(&rows);
    let encoder = Remembering::new(MiniLm::embedded(2)?);
    for (name, based) in [("from scratch", false), ("with a base where there is one", true)] {
        for (protocol, few) in [("1 fold to learn, 19 to test", true), ("19 folds to learn, 1 to test", false)] {
            let start = Instant::now();
            let scores = over_folds(&rows, &kinds, Some(&encoder), based, few)?;
            println!("{name}, {protocol} ({:.0} s):", start.elapsed().as_secs_f32());
            report(&scores);
        }
    }
    Ok(())
}

fn kinds(rows: &[Row]) -> Vec<String> {
    let mut kinds: Vec<String> = rows.iter().flat_map(|row| row.slots.iter().map(|slot| slot.kind.clone())).collect();
    kinds.sort();
    kinds.dedup();
    kinds
}

/// Scores over all twenty folds: each learns alone and the others test, or the other way round.
fn over_folds<'k>(
    rows: &[Row],
    kinds: &'k [String],
    encoder: Option<&dyn Encoder>,
    based: bool,
    few: bool,
) -> Result<Scores<'k>, Failure> {
    let mut scores = Scores::new();
    for fold in 0..20 {
        let learns = |row: &&Row| (row.fold == fold) == few;
        let (model, _) = train_fields(&corpus(rows.iter().filter(learns), kinds, based), encoder, 2, 0, &|| true)?;
        score(&model, encoder, rows.iter().filter(|row| !learns(row)), kinds, &mut scores);
    }
    Ok(scores)
}

fn corpus<'r>(rows: impl Iterator<Item = &'r Row>, kinds: &[String], based: bool) -> FieldCorpus {
    FieldCorpus {
        fields: kinds.iter().map(|kind| spec(kind, based)).collect(),
        forms: Vec::new(),
        examples: rows.map(|row| example(row, kinds)).collect(),
    }
}

/// Prints F1 by slot for each way to learn, then how long a training takes.
fn table(rows: &[Row]) -> Result<(), Failure> {
    let kinds = kinds(rows);
    let encoder = Remembering::new(MiniLm::embedded(2)?);
    let ways = [(false, true), (false, false), (true, true), (true, false)];
    let scores = ways.map(|(based, few)| over_folds(rows, &kinds, Some(&encoder), based, few));
    let [scratch_few, scratch, base_few, base] = scores;
    let scores = [scratch_few?, scratch?, base_few?, base?];
    println!(
        "| NLU++ banking, slots | Values | From scratch, 1 fold | From scratch, 19 folds | With a base, 1 fold | With a base, 19 folds |"
    );
    println!("|---|--:|--:|--:|--:|--:|");
    let cell = |[right, predicted, actual]: [usize; 3]| 200.0 * right as f32 / (predicted + actual).max(1) as f32;
    let line = |name: &str, tallies: [[usize; 3]; 4], has_base: bool| {
        let cells = tallies
            .iter()
            .enumerate()
            .map(|(n, tally)| if n < 2 || has_base { format!("{:.1}", cell(*tally)) } else { "–".to_owned() });
        println!("| {name} | {} | {} |", tallies[0][2] / 19, cells.collect::<Vec<_>>().join(" | "));
    };
    let of = |kind: &str| scores.each_ref().map(|of| of.get(kind).copied().unwrap_or_default());
    let all = |tallies: &Scores<'_>| tallies.values().fold([0; 3], |sum: [usize; 3], one| [0, 1, 2].map(|n| sum[n] + one[n]));
    for kind in &kinds {
        line(kind, of(kind), spec(kind, true).base.is_some());
    }
    line("all", scores.each_ref().map(all), true);
    println!("\n| Training of 13 fields, two threads | Messages | From scratch | With a base |\n|---|--:|--:|--:|");
    for n in [1_000, 10_000] {
        let again = || rows.iter().cycle().take(n);
        let seconds = [false, true].map(|based| -> Result<f32, Failure> {
            let corpus = corpus(again(), &kinds, based);
            let encoder = MiniLm::embedded(2)?;
            let start = Instant::now();
            train_fields(&corpus, Some(&encoder), 2, 0, &|| true)?;
            Ok(start.elapsed().as_secs_f32())
        });
        let [scratch, base] = seconds;
        println!(
            "| NLU++ banking, {} | {n} | {:.2} s | {:.2} s |",
            if n > rows.len() { "again and again" } else { "once" },
            scratch?,
            base?
        );
    }
    Ok(())
}

fn spec(kind: &str, based: bool) -> FieldSpec {
    let base = match kind {
        "date" | "date_from" | "date_to" => Some(Kind::Date),
        "time" | "time_from" | "time_to" => Some(Kind::Time),
        "amount_of_money" => Some(Kind::Money),
        "number" => Some(Kind::Number),
        _ => None,
    };
    FieldSpec { id: kind.to_owned(), base: base.filter(|_| based), is_trainable: true, ..FieldSpec::default() }
}

fn context() -> Context {
    Context::at(2022, 3, 15, Locale::of("en-GB"))
}

fn load(path: &str) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for line in std::fs::read_to_string(path)?.lines() {
        let row: serde_json::Value = serde_json::from_str(line)?;
        let text = row["text"].as_str().unwrap_or_default().to_owned();
        let byte = |at: &serde_json::Value| {
            let at = at.as_u64().unwrap_or_default() as usize;
            text.char_indices().nth(at).map_or(text.len(), |(byte, _)| byte)
        };
        let slots = row["entities"].as_array().into_iter().flatten();
        let slot = |slot: &serde_json::Value| Slot {
            kind: slot["kind"].as_str().unwrap_or_default().to_owned(),
            start: byte(&slot["start"]),
            end: byte(&slot["end"]),
            value: slot["value"].clone(),
        };
        rows.push(Row {
            id: row["id"].as_str().unwrap_or_default().to_owned(),
            fold: row["split"].as_str().and_then(|split| split.strip_prefix("fold")?.parse().ok()).unwrap_or_default(),
            slots: slots.map(slot).collect(),
            text,
        });
    }
    Ok(rows)
}

fn example(row: &Row, kinds: &[String]) -> FieldExample {
    let mark = |slot: &Slot| Mark {
        field: kinds.iter().position(|kind| *kind == slot.kind).unwrap_or_default(),
        part: 0,
        start: slot.start,
        end: slot.end,
        is_assigned: true,
    };
    FieldExample {
        uid: row.id.clone(),
        context: context(),
        parts: vec![Part { text: row.text.clone(), ..Part::default() }],
        marks: row.slots.iter().map(mark).collect(),
        // As the server takes a message that somebody annotated with labels and, where it holds any, values.
        unmarked: if row.slots.is_empty() { Unmarked::LikelyEmpty } else { Unmarked::Unknown },
        captures: Vec::new(),
    }
}

fn score<'k, 'r>(
    model: &FieldModel,
    encoder: Option<&dyn Encoder>,
    rows: impl Iterator<Item = &'r Row>,
    kinds: &'k [String],
    scores: &mut Scores<'k>,
) {
    let rows: Vec<&Row> = rows.collect();
    let comment = |row: &&Row| (vec![Part { text: row.text.clone(), ..Part::default() }], context());
    let comments: Vec<_> = rows.iter().map(comment).collect();
    let states = encoder.map_or_else(States::default, |encoder| model.states(&comments, encoder));
    let predicted = model.predict_many(&comments, &states, 2);
    rows.iter().zip(predicted).for_each(|(row, predicted)| score_one(row, &predicted, kinds, scores));
}

fn score_one<'k>(row: &Row, predicted: &[PredictedField], kinds: &'k [String], scores: &mut Scores<'k>) {
    for (field, kind) in kinds.iter().enumerate() {
        let actual: Vec<(usize, usize)> =
            row.slots.iter().filter(|slot| slot.kind == *kind).map(|slot| (slot.start, slot.end)).collect();
        let found: Vec<(usize, usize)> =
            predicted.iter().filter(|one| one.field == field).map(|one| (one.found.start, one.found.end)).collect();
        let tally = scores.entry(kind).or_default();
        tally[0] += found.iter().filter(|place| actual.contains(place)).count();
        tally[1] += found.len();
        tally[2] += actual.len();
    }
}

fn report(scores: &Scores<'_>) {
    let mut total = [0; 3];
    let show = |name: &str, [right, predicted, actual]: [usize; 3]| {
        let share = |n: usize| 100.0 * right as f32 / n.max(1) as f32;
        let f1 = 200.0 * right as f32 / (predicted + actual).max(1) as f32;
        println!("  {name:<18} F1 {f1:5.1}  precision {:5.1}  recall {:5.1}  values {actual}", share(predicted), share(actual));
    };
    for (kind, tally) in scores {
        show(kind, *tally);
        (0..3).for_each(|n| total[n] += tally[n]);
    }
    show("all", total);
}

/// What the rules alone find, and whether values come out right where the place does.
fn values(rows: &[Row]) {
    println!("rules alone: places found exactly, and values right among those");
    let kinds: [(&str, Kind); 10] = [
        ("date", Kind::Date),
        ("date_from", Kind::Date),
        ("date_to", Kind::Date),
        ("time", Kind::Time),
        ("time_from", Kind::Time),
        ("time_to", Kind::Time),
        ("amount_of_money", Kind::Money),
        ("number", Kind::Number),
        ("person_name", Kind::Person),
        ("company_name", Kind::Organisation),
    ];
    let verbose = std::env::args().any(|arg| arg == "misses");
    for (slot, kind) in kinds {
        let (mut n, mut n_found, mut n_right) = (0, 0, 0);
        for row in rows.iter().filter(|row| row.slots.iter().any(|it| it.kind == slot)) {
            let found = find(kind, &row.text, &context());
            for it in row.slots.iter().filter(|it| it.kind == slot) {
                n += 1;
                let Some(same) = found.iter().find(|found| (found.start, found.end) == (it.start, it.end)) else {
                    if verbose {
                        println!("  {slot} missed {:?} in {:?}", &row.text[it.start..it.end], row.text);
                    }
                    continue;
                };
                n_found += 1;
                let is_right = is_value(same, &it.value);
                n_right += usize::from(is_right);
                if verbose && !is_right {
                    println!("  {slot} {:?} read as {}, is {}", &row.text[it.start..it.end], same.value, it.value);
                }
            }
        }
        println!("  {slot:<18} {n_found} of {n} places, {n_right} values");
    }
    for kind in [Kind::Person, Kind::Organisation] {
        let slot = if kind == Kind::Person { "person_name" } else { "company_name" };
        let n: usize = rows.iter().map(|row| find(kind, &row.text, &context()).len()).sum();
        println!(
            "  {} found {n} places in all, {} were marked",
            kind.name(),
            rows.iter().flat_map(|row| &row.slots).filter(|it| it.kind == slot).count()
        );
    }
}

fn is_value(found: &Found, value: &serde_json::Value) -> bool {
    let number = |key: &str| value[key].as_i64().unwrap_or(-1);
    if value.get("day").is_some() {
        return found.value.starts_with(&format!("{:04}-{:02}-{:02}", number("year"), number("month"), number("day")));
    }
    if value.get("hour").is_some() {
        return found.value == format!("{:02}:{:02}", number("hour") % 24, number("minute"));
    }
    if let Some(amount) = value.get("amount").and_then(serde_json::Value::as_f64) {
        let (digits, currency) = found.value.split_once(' ').unwrap_or_default();
        return digits.parse::<f64>().is_ok_and(|n| (n - amount).abs() < 1e-6) && Some(currency) == value["currency"].as_str();
    }
    match (value.as_f64(), value.as_str()) {
        (Some(n), _) => found.value.parse::<f64>().is_ok_and(|found| (found - n).abs() < 1e-6),
        (None, Some(text)) => found.value == text,
        _ => false,
    }
}

/// Texts of about 1 kB a second on one thread: every kind, and one model of all rule kinds.
fn speed() {
    let text = "Dear Sarah,\nplease pay the invoice INV-2044 of 3 March 2024 over £1,250.00 (USD 1,580.20) by next Friday at 10:30 am. \
        Our account is GB82 WEST 1234 5698 7654 32, BIC DEUTDEFF. Call +44 20 7946 0018 or write to accounts@acme.co.uk, see \
        https://acme.test/help?id=12. The shipment of 40 boxes went to 12 High Street, Leeds LS1 4AP, United Kingdom, about 12.5% of \
        the order. Acme Widgets Ltd and the Bank of Ireland agreed on it yesterday.\n\nKind regards,\nJohn Smith\n";
    let text = text.repeat(2);
    let text = &text[..text.floor_char_boundary(1024)];
    for kind in Kind::all() {
        let start = Instant::now();
        let n = 300;
        let found: usize = (0..n).map(|_| find(kind, text, &context()).len()).sum();
        println!("  {:<18} {:>8.0} texts/s, {} places", kind.name(), n as f32 / start.elapsed().as_secs_f32(), found / n);
    }
    let specs: Vec<FieldSpec> =
        Kind::all().map(|kind| FieldSpec { id: kind.name().into(), base: Some(kind), ..FieldSpec::default() }).collect();
    let model = FieldModel::unlearned(&specs);
    let parts = [Part { text: text.to_owned(), ..Part::default() }];
    let start = Instant::now();
    let n = 2_000;
    let found: usize = (0..n).map(|_| model.predict(&parts, &context()).len()).sum();
    let rate = n as f32 / start.elapsed().as_secs_f32();
    println!("all {} kinds at once: {rate:.0} texts/s of {} bytes, {} places", specs.len(), text.len(), found / n);
}
