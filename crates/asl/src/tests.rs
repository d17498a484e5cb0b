//! The runner against small machines, and the shipped ones.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::Execution;
use crate::Machine;
use crate::Outcome;
use crate::Step;
use crate::TaskCall;
use crate::TaskFailure;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn machine(states: &Value) -> Machine {
    let start = states.as_object().unwrap().keys().next().unwrap().clone();
    load(&json!({ "StartAt": start, "States": states })).unwrap()
}

fn load(definition: &Value) -> Result<Machine, crate::LoadError> {
    Machine::load(
        &definition.to_string(),
        &BTreeMap::from([("Work", "work-fn")]),
    )
}

fn task(extra: &Value) -> Value {
    let mut task = json!({
        "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
        "Parameters": { "FunctionName": "${Work}", "Payload": { "n.$": "$.n" } }, "ResultSelector": { "got.$": "$.Payload" }, "ResultPath": "$.work",
    });
    task.as_object_mut()
        .unwrap()
        .extend(extra.as_object().unwrap().clone());
    task
}

fn fail(error: &str) -> Result<Value, TaskFailure> {
    Err(TaskFailure {
        error: error.to_owned(),
        cause: "because".to_owned(),
    })
}

fn due(machine: &Machine, execution: &Execution) -> i64 {
    match machine.step(execution) {
        Step::Call { due_at, .. } => due_at.as_second(),
        Step::Wait { until } => until.as_second(),
        Step::Ended(outcome) => panic!("{outcome:?}"),
    }
}

#[test]
fn a_task_gets_its_payload_and_puts_its_result() {
    let machine = machine(&json!({ "A": task(&json!({})) }));
    let execution = machine.start("x".to_owned(), json!({ "n": 7 }), at(0));
    let Step::Call {
        call: TaskCall::Function { name, payload, .. },
        ..
    } = machine.step(&execution)
    else {
        panic!()
    };
    assert_eq!((name.as_str(), payload), ("work-fn", json!({ "n": 7 })));
    let done = machine.resume(execution, Ok(json!([1])), at(1));
    assert_eq!(
        machine.step(&done),
        Step::Ended(Outcome::Succeeded {
            output: json!({ "n": 7, "work": { "got": [1] } })
        })
    );
}

#[test]
fn retries_back_off_and_then_the_catcher_takes_over() {
    let machine = machine(&json!({
        "A": task(&json!({
            "Retry": [{ "ErrorEquals": ["Throttled"], "IntervalSeconds": 2, "MaxAttempts": 2, "BackoffRate": 3 }],
            "Catch": [{ "ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Sorry" }],
        })),
        "Sorry": { "Type": "Fail", "ErrorPath": "$.error.Error", "CausePath": "$.error.Cause" },
    }));
    let start = machine.start("x".to_owned(), json!({ "n": 7 }), at(0));
    let once = machine.resume(start.clone(), fail("Throttled"), at(10));
    assert_eq!(due(&machine, &once), 12);
    // An execution that was stored and loaded continues in the same way.
    let once: Execution = serde_json::from_str(&serde_json::to_string(&once).unwrap()).unwrap();
    let twice = machine.resume(once, fail("Throttled"), at(12));
    assert_eq!(due(&machine, &twice), 18);
    let gone = machine.resume(twice, fail("Throttled"), at(18));
    let expected = Outcome::Failed {
        error: "Throttled".to_owned(),
        cause: "because".to_owned(),
    };
    assert_eq!(machine.step(&gone), Step::Ended(expected));
    let other = machine.resume(start, fail("Bug"), at(10));
    assert!(
        matches!(machine.step(&other), Step::Ended(Outcome::Failed { error, .. }) if error == "Bug")
    );
}

#[test]
fn waits_and_choices() {
    let machine = machine(&json!({
        "A": { "Type": "Wait", "SecondsPath": "$.wait", "Next": "B" },
        "B": { "Type": "Choice", "Choices": [{ "Variable": "$.go", "BooleanEquals": true, "Next": "C" }], "Default": "D" },
        "C": { "Type": "Succeed" },
        "D": { "Type": "Pass", "Parameters": { "id.$": "$$.Execution.Id" }, "ResultPath": "$.by", "End": true },
    }));
    for (go, output) in [
        (true, json!({ "wait": 30, "go": true })),
        (
            false,
            json!({ "wait": 30, "go": false, "by": { "id": "x" } }),
        ),
    ] {
        let execution = machine.start("x".to_owned(), json!({ "wait": 30, "go": go }), at(5));
        assert_eq!(due(&machine, &execution), 35);
        let done = machine.resume(execution, Ok(Value::Null), at(35));
        assert_eq!(
            machine.step(&done),
            Step::Ended(Outcome::Succeeded { output })
        );
    }
}

#[test]
fn what_the_runner_does_not_know_is_refused_by_name() {
    let cases = [
        (
            json!({ "A": { "Type": "Parallel", "Branches": [], "End": true } }),
            "Parallel",
        ),
        (
            json!({ "A": task(&json!({ "HeartbeatSeconds": 5 })) }),
            "HeartbeatSeconds",
        ),
        (
            json!({ "A": { "Type": "Wait", "Seconds": 1, "Next": "Z" } }),
            "`Z`",
        ),
        (
            json!({ "A": { "Type": "Wait", "Next": "B" }, "B": { "Type": "Succeed" } }),
            "SecondsPath",
        ),
        (
            json!({ "A": { "Type": "Succeed" }, "B": { "Type": "Succeed" } }),
            "`B`",
        ),
        (
            json!({ "A": { "Type": "Pass", "Result": "${Other}", "End": true } }),
            "${Other}",
        ),
        (json!({ "A": { "Type": "Pass" } }), "Next or End"),
    ];
    for (states, named) in cases {
        let error = load(&json!({ "StartAt": "A", "States": states }))
            .unwrap_err()
            .to_string();
        assert!(error.contains(named), "{named}: {error}");
    }
}

#[test]
fn a_circle_ends_as_a_failure() {
    let machine = machine(&json!({ "A": { "Type": "Pass", "Next": "A" } }));
    let execution = machine.start("x".to_owned(), json!({}), at(0));
    assert!(
        matches!(machine.step(&execution), Step::Ended(Outcome::Failed { error, .. }) if error == "States.Runtime")
    );
}

fn etl_machine() -> Machine {
    let names = BTreeMap::from([
        ("RefineSilverFunction", "refine-silver"),
        ("ComputeGoldFunction", "compute-gold"),
        ("PublishCatalogFunction", "publish-catalog"),
        ("SparkJob", "gold"),
        ("NotificationsTopic", "notifications"),
    ]);
    Machine::load(include_str!("../../../statemachines/etl.asl.json"), &names).unwrap()
}

/// The interval fails again in five minutes: 288 messages a day would say one thing.
#[test]
fn a_short_interval_of_the_etl_fails_without_a_message() {
    let machine = etl_machine();
    let input = json!({ "as_of": null, "rebuild": false, "maintain": false });
    let mut execution = machine.start("run-1".to_owned(), input, at(0));
    let outcome = loop {
        match machine.step(&execution) {
            Step::Call {
                call: TaskCall::Function { .. },
                ..
            } => execution = machine.resume(execution, fail("QualityCheckFailed"), at(1)),
            Step::Ended(outcome) => break outcome,
            step => panic!("{step:?}"),
        }
    };
    assert!(
        matches!(&outcome, Outcome::Failed { error, .. } if error == "QualityCheckFailed"),
        "{outcome:?}"
    );
}

/// Runs the machine with one function that fails; what it called and told, and how it ended.
fn etl_run(broken: Option<&str>) -> (Vec<String>, Outcome) {
    let machine = etl_machine();
    let input = json!({ "as_of": null, "rebuild": false, "maintain": true });
    let mut execution = machine.start("run-1".to_owned(), input, at(0));
    let mut calls = Vec::new();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    loop {
        let answer = match machine.step(&execution) {
            Step::Wait { .. } => panic!("the ETL never waits"),
            Step::Ended(outcome) => return (calls, outcome),
            Step::Call { call, .. } => match call {
                TaskCall::Function { name, payload, .. } => {
                    calls.push(text(&payload["action"]));
                    if broken == Some(name.as_str()) {
                        fail("QualityCheckFailed")
                    } else {
                        Ok(json!({ "as_of": USED, "rows": 1 }))
                    }
                }
                TaskCall::Job { name, .. } => panic!("{name} was not asked for"),
                TaskCall::Notify { topic, message, .. } => {
                    assert_eq!(topic, "notifications");
                    calls.push(text(&message["status"]));
                    Ok(json!({}))
                }
            },
        };
        execution = machine.resume(execution, answer, at(1));
    }
}

#[test]
fn the_etl_machine_tells_how_it_went_either_way() {
    let all = ["refine", "check", "compute", "maintain", "publish", "check"];
    for (broken, done, told) in [
        (None, 6, "succeeded"),
        (Some("refine-silver"), 1, "failed"),
        (Some("compute-gold"), 3, "failed"),
        (Some("publish-catalog"), 5, "failed"),
    ] {
        let (calls, outcome) = etl_run(broken);
        assert_eq!(calls, [&all[..done], &[told]].concat(), "{broken:?}");
        let succeeded = matches!(outcome, Outcome::Succeeded { .. });
        assert_eq!(succeeded, broken.is_none(), "{outcome:?}");
    }
}

/// The instant that `Refine` used in place of the one of the input.
const USED: &str = "2026-03-01T02:00:20Z";

/// Runs a short interval that took in ten records; what it called, each with what it was asked.
fn calls_of_a_run(more: &Value) -> Vec<(String, Value)> {
    let machine = etl_machine();
    let mut input = json!({ "as_of": "2026-03-01T02:00:00Z", "rebuild": true, "maintain": false });
    let members = input.as_object_mut().unwrap();
    members.extend(more.as_object().unwrap().clone());
    let mut execution = machine.start("run-1".to_owned(), input, at(0));
    let mut calls = Vec::new();
    loop {
        let Step::Call { call, .. } = machine.step(&execution) else {
            return calls;
        };
        let answer = match call {
            TaskCall::Function { payload, .. } => {
                let action = payload["action"].as_str().unwrap().to_owned();
                calls.push((action, payload));
                json!({ "as_of": USED, "tables": { "silver.invitees": { "rows_read": 10 } } })
            }
            TaskCall::Job {
                name, arguments, ..
            } => {
                calls.push((name, arguments));
                json!({ "Id": "jr_1", "JobRunState": "SUCCEEDED" })
            }
            call @ TaskCall::Notify { .. } => panic!("{call:?}"),
        };
        execution = machine.resume(execution, Ok(answer), at(1));
    }
}

#[test]
fn spark_computes_when_it_is_told_to_or_when_a_run_took_in_too_much() {
    for more in [
        json!({ "engine": "spark" }),
        json!({ "spark_from_records": 10 }),
    ] {
        let calls = calls_of_a_run(&more);
        let names: Vec<&str> = calls.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["refine", "check", "gold", "compute", "publish"]);
        assert_eq!(calls[2].1, json!({ "--as-of": USED }));
        // Spark has made all of it: the application only goes on from there.
        assert_eq!(calls[3].1["rebuild"], json!(false));
    }
    for more in [
        json!({}),
        json!({ "engine": "application" }),
        json!({ "spark_from_records": 11 }),
    ] {
        let calls = calls_of_a_run(&more);
        let names: Vec<&str> = calls.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["refine", "check", "compute", "publish"], "{more}");
        assert_eq!(calls[2].1["rebuild"], json!(true));
    }
}

/// A scheduled run may go on from a later instant than its own: what it computes is of that one.
#[test]
fn every_step_after_the_first_uses_the_instant_of_the_first_one_s_report() {
    let calls = calls_of_a_run(&json!({ "scheduled": true }));
    let (refine, others) = calls.split_first().unwrap();
    assert_eq!(refine.1["as_of"], "2026-03-01T02:00:00Z");
    assert_eq!(refine.1["input"]["scheduled"], true);
    for (action, payload) in others {
        assert_eq!(payload["as_of"], USED, "{action}");
    }
}

#[test]
fn only_a_whole_rule_says_where_to_go() {
    let rule = |rule: Value| {
        load(&json!({ "StartAt": "A", "States": {
            "A": { "Type": "Choice", "Choices": [rule], "Default": "B" },
            "B": { "Type": "Succeed" },
        } }))
        .map(|_| ())
        .map_err(|error| error.to_string())
    };
    let test = |extra: Value| {
        let mut test = json!({ "Variable": "$.a", "IsPresent": true });
        let members = test.as_object_mut().unwrap();
        members.extend(extra.as_object().unwrap().clone());
        test
    };
    assert_eq!(
        rule(json!({ "And": [test(json!({}))], "Next": "B" })),
        Ok(())
    );
    let none = rule(test(json!({}))).unwrap_err();
    assert!(none.contains("has no Next"), "{none}");
    let inner = rule(json!({ "And": [test(json!({ "Next": "B" }))], "Next": "B" })).unwrap_err();
    assert!(inner.contains("within an And"), "{inner}");
}
