//! BANKING77 with its vectors; these are kept in the target folder, for they take a minute.

use std::path::PathBuf;

use adit_ml::{Corpus, Encoder, Example, LabelSpec, MiniLm};

/// A question with its intent.
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) text: String,
    pub(crate) label: usize,
    pub(crate) vector: Vec<f32>,
}

/// The whole set.
pub(crate) struct Data {
    pub(crate) labels: Vec<LabelSpec>,
    pub(crate) train: Vec<Row>,
    pub(crate) test: Vec<Row>,
}

/// Loads the set and computes what is not kept yet.
pub(crate) fn load() -> Result<Data, Box<dyn std::error::Error>> {
    let encoder = MiniLm::embedded(2)?;
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/banking77/banking77.jsonl");
    let mut data = Data { labels: Vec::new(), train: Vec::new(), test: Vec::new() };
    for line in std::fs::read_to_string(path)?.lines() {
        let value: serde_json::Value = serde_json::from_str(line)?;
        let field = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let name = field(&value["labels"][0]);
        let label = data.labels.iter().position(|label| label.name == name).unwrap_or_else(|| {
            let embedding = encoder.encode(&[&LabelSpec::text(&name, "")]).remove(0);
            data.labels.push(LabelSpec { name, embedding, ..LabelSpec::default() });
            data.labels.len() - 1
        });
        let row = Row { id: field(&value["id"]), text: field(&value["text"]), label, vector: Vec::new() };
        if value["split"] == "test" { data.test.push(row) } else { data.train.push(row) }
    }
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target"));
    let file = folder.join(format!("banking77-{}.bin", encoder.digest()));
    let n_rows = data.train.len() + data.test.len();
    let kept = std::fs::read(&file).ok().filter(|bytes| bytes.len() == n_rows * encoder.dimension() * 4);
    let rows = data.train.iter_mut().chain(&mut data.test);
    if let Some(bytes) = kept {
        for (row, bytes) in rows.zip(bytes.chunks(encoder.dimension() * 4)) {
            row.vector = bytes.as_chunks::<4>().0.iter().map(|x| f32::from_le_bytes(*x)).collect();
        }
        return Ok(data);
    }
    let mut rows: Vec<&mut Row> = rows.collect();
    let mut bytes = Vec::with_capacity(n_rows * encoder.dimension() * 4);
    for chunk in rows.chunks_mut(64) {
        let vectors = encoder.encode(&chunk.iter().map(|row| row.text.as_str()).collect::<Vec<_>>());
        for (row, vector) in chunk.iter_mut().zip(vectors) {
            bytes.extend(vector.iter().flat_map(|x| x.to_le_bytes()));
            row.vector = vector;
        }
    }
    drop(rows);
    if folder.is_dir() {
        std::fs::write(file, bytes)?;
    }
    Ok(data)
}

impl Data {
    /// The rows as reviewed comments, each with the label that is given for it.
    pub(crate) fn corpus(&self, rows: impl Iterator<Item = (usize, usize)>) -> Corpus {
        let example = |(at, label): (usize, usize)| Example {
            uid: self.train[at].id.clone(),
            text: self.train[at].text.clone(),
            embedding: self.train[at].vector.clone(),
            assigned: vec![label],
            dismissed: Vec::new(),
        };
        Corpus { labels: self.labels.clone(), examples: rows.map(example).collect(), ..Corpus::default() }
    }
}
