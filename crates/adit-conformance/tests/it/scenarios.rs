//! Every file of `contract/scenarios/` against a fresh server.

use adit_conformance::{Server, scenarios};

#[test]
fn every_scenario_goes_as_written() {
    let server = Server::start();
    let api = server.api();
    let mut report = Vec::new();
    for (idx, (name, scenario)) in scenarios().into_iter().enumerate() {
        let failures = scenario.run(&api, &format!("scenario-{idx}"));
        for failure in &failures {
            report.push(format!("{name} ({}): {failure}", scenario.title));
        }
    }
    assert!(report.is_empty(), "{} expectations failed:\n\n{}\n", report.len(), report.join("\n\n"));
}
