use super::*;

const HEADER: &str = "day,channel,campaign,amount_minor,currency\n";

fn csv_error(lines: &str) -> String {
    from_csv(format!("{HEADER}{lines}").as_bytes())
        .unwrap_err()
        .to_string()
}

#[test]
fn both_notations_say_the_same() {
    let csv = "day,channel,campaign,amount_minor,currency\n2026-03-01, google ,\"spring, \"\"one\"\"\",1250,usd\n2026-03-02,google,,5, USD\n";
    let json = br#"{"rows":[{"day":"2026-03-01","channel":"google","campaign":" spring, \"one\"","amount_minor":1250,"currency":"USD"},
        {"day":" 2026-03-02 ","channel":" google","campaign":" ","amount_minor":5,"currency":"usd "}]}"#;
    let rows = from_csv(csv.as_bytes()).unwrap();
    assert_eq!(rows, from_json(json).unwrap());
    assert_eq!(
        (rows[0].channel.as_str(), &rows[1].campaign),
        ("google", &None)
    );
}

/// RFC 4180: line breaks, quotes and commas in quotes; CRLF; a last line without an end.
#[test]
fn quoted_line_breaks_and_what_spreadsheets_add() {
    let csv = "\u{feff}Day,Channel,Campaign,Amount_Minor,Currency\r\n2026-11-02,google_ads,\"Spring\nlaunch, part \"\"B\"\"\",1250,USD\r\n\r\n,,,,\r\n2026-11-02,google_ads,\"5\"\" banner, wide\",700,USD\r\n2026-11-03,google_ads,,5,usd";
    let rows = from_csv(csv.as_bytes()).unwrap();
    let campaigns: Vec<Option<&str>> = rows.iter().map(|r| r.campaign.as_deref()).collect();
    assert_eq!(
        campaigns,
        [
            Some("Spring\nlaunch, part \"B\""),
            Some("5\" banner, wide"),
            None
        ]
    );
    // The line of an error counts the line breaks in quotes.
    let error = csv_error("2026-11-02,a,\"two\nlines\",1,USD\n2026-11-02,b,,x,USD");
    assert!(
        error.starts_with("line 4: column 4 (amount_minor): `x`"),
        "{error}"
    );
}

#[test]
fn faults_are_named() {
    for (line, named) in [
        ("2026-13-01,a,,1,USD", "2026-13-01"),
        ("2026-01-01,a,,1.5,USD", "column 4 (amount_minor): `1.5`"),
        ("2026-01-01,,,1,USD", "channel"),
        ("2026-01-01,a,,-1,USD", "negative"),
        ("2026-01-01,a,,1,US", "currency"),
        ("2026-01-01,a,,1,ZZZ", "currency"),
        ("2026-01-01,a,1,USD", "line 2: 4 fields"),
        ("2026-01-01;a;;1;USD", "`;`"),
    ] {
        let error = csv_error(line);
        assert!(error.contains(named), "{line}: {error}");
    }
    for (body, named) in [
        (&b"day,channel\n"[..], "amount_minor"),
        (b"day,day,channel,amount_minor,currency\n", "`day` twice"),
        (
            b"day;channel;campaign;amount_minor;currency\n2026-01-01;a;;1;USD",
            "line 1, column 4: the fields are separated by `;`",
        ),
        (
            b"day,channel,amount_minor,currency\n2026-01-01,caf\xe9,1,USD",
            "line 2: the CSV is not UTF-8",
        ),
        (b"", "empty"),
    ] {
        let error = from_csv(body).unwrap_err().to_string();
        assert!(error.contains(named), "{named}: {error}");
    }
    assert!(from_json(b"{}").is_err());
}

#[test]
fn a_key_that_comes_again_is_refused_by_its_lines() {
    let three = "2026-11-07,a,x,1000,USD\n2026-11-07,a,x,2000,USD\n2026-11-07, a ,x,3000,USD";
    let error = csv_error(three);
    assert!(error.starts_with("lines 2, 3 and 4: "), "{error}");
    let json = br#"[{"day":"2026-11-07","channel":"a","amount_minor":1,"currency":"USD"},
        {"day":"2026-11-07","channel":"a","campaign":"","amount_minor":1,"currency":"USD"}]"#;
    let error = from_json(json).unwrap_err().to_string();
    assert!(error.starts_with("rows 1 and 2: "), "{error}");
}

#[test]
fn two_currencies_of_one_campaign_are_refused() {
    let error = csv_error("2026-11-08,a,x,1,EUR\n2026-11-09,a,x,1,USD\n2026-11-09,a,y,1,USD");
    assert!(
        error.starts_with("lines 2 and 3: a, x has amounts in EUR and USD"),
        "{error}"
    );
    let apart = format!("{HEADER}2026-11-08,a,x,1,EUR\n2026-11-09,a,y,1,USD");
    assert_eq!(from_csv(apart.as_bytes()).unwrap().len(), 2);
}

#[test]
fn every_faulty_line_is_named() {
    let lines = "2026-01-01,a,,1,USD\n2026-13-01,a,,1,USD\n2026-01-03,a,,x,USD\n2026-01-04,,,1,USD\n2026-01-05,a,,-1,USD\n2026-01-01,a,,2,USD";
    let error = from_csv(format!("{HEADER}{lines}").as_bytes()).unwrap_err();
    let starts = [
        "line 3: column 1 (day)",
        "line 4: column 4",
        "line 5: channel",
        "line 6: amount",
        "lines 2 and 7: the same day",
    ];
    assert_eq!(error.faults.len(), starts.len());
    for (fault, start) in error.faults.iter().zip(starts) {
        assert!(fault.starts_with(start), "{fault}");
    }
    assert!(error.to_string().ends_with("; and 2 more"), "{error}");
    let json = br#"[{"day":"2026-01-01","channel":"a","amount_minor":1},{"day":"2026-01-02","channel":"a","amount_minor":"1","currency":"USD"}]"#;
    let faults = from_json(json).unwrap_err().faults;
    assert_eq!(faults[0], "row 1: missing field `currency`");
    assert!(faults[1].starts_with("row 2: invalid type"), "{faults:?}");
}

#[test]
fn an_amount_that_sums_could_not_hold_is_refused() {
    let line = |amount: &str| from_csv(format!("{HEADER}2026-01-01,a,,{amount},USD").as_bytes());
    assert_eq!(
        line("100000000000000").unwrap()[0].amount_minor,
        100_000_000_000_000
    );
    for (amount, starts) in [
        (
            "100000000000001",
            "line 2: amount_minor is over 100000000000000",
        ),
        ("9223372036854775808", "line 2: column 4 (amount_minor)"),
    ] {
        let error = line(amount).unwrap_err().to_string();
        assert!(error.starts_with(starts), "{error}");
    }
}

#[test]
fn a_file_of_faults_is_not_read_to_its_end() {
    let lines = "2026-01-01,a,,x,USD\n".repeat(5_000);
    let error = from_csv(format!("{HEADER}{lines}").as_bytes()).unwrap_err();
    assert_eq!(error.faults.len(), FAULTS_MAX);
    assert!(error.to_string().ends_with("; and more"), "{error}");
}
