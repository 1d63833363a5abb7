//! Training that dies is taken up again, and the pinned model answers meanwhile.

use std::thread;
use std::time::Duration;

use adit_conformance::Server;
use serde_json::json;

use crate::story::{Place, sample};

const N_LABELS: usize = 6;
const N_FIRST: usize = 8;
const N_EACH_ROUND: usize = 3;

#[test]
fn killed_training_resumes_and_the_pinned_model_keeps_answering() {
    let mut server = Server::start();
    let place = Place::make(&server.api(), "train");
    let delays_ms = [0, 120, 350, 900];
    let per_label = N_FIRST + N_EACH_ROUND * delays_ms.len();
    let rows = sample("train", N_LABELS, per_label);
    let unseen = sample("test", N_LABELS, 5);
    let texts: Vec<_> = unseen.iter().map(|row| row.text.as_str()).collect();
    place.sync(&rows, 0);

    let of_label: Vec<_> = rows.chunks(per_label).collect();
    for rows in &of_label {
        place.annotate(&rows[..N_FIRST]);
    }
    let mut n_reviewed = N_LABELS * N_FIRST;
    let pinned = place.model_of(n_reviewed as u64);
    place.pin(pinned);
    let said = place.predict(pinned, &texts);

    for (round, delay_ms) in delays_ms.into_iter().enumerate() {
        let from = N_FIRST + round * N_EACH_ROUND;
        for rows in &of_label {
            place.annotate(&rows[from..from + N_EACH_ROUND]);
        }
        n_reviewed += N_LABELS * N_EACH_ROUND;
        thread::sleep(Duration::from_millis(delay_ms));
        server.kill_9();
        server.restart();

        assert_eq!(place.predict(pinned, &texts), said, "the pinned model answers as before");
        let filter = json!({"comment_filter": {"reviewed": "only_reviewed"}, "label_property_timeseries": false, "label_timeseries": false});
        let counted = place.api.post(&format!("{}/statistics", place.private_dataset), &filter);
        assert_eq!(counted["statistics"]["num_comments"].as_f64(), Some(n_reviewed as f64), "acknowledged reviews are there");
        let newest = place.model_of(n_reviewed as u64);
        assert!(newest > pinned);
    }
    assert_eq!(place.predict(pinned, &texts), said);
}
