//! Random filters and documents over [`fields`](super::fields).

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;

use super::*;

const KEYWORDS: [&str; 3] = ["lang", "author.name", "an `odd` name"];

/// Few enough that random documents and filters meet.
fn keyword() -> BoxedStrategy<String> {
    prop_oneof![4 => "[abé]{0,2}", 1 => any::<String>(), 1 => "[\"'\\\\\n\t\0`]{1,3}"].boxed()
}

fn integer() -> BoxedStrategy<i64> {
    prop_oneof![4 => -2..3_i64, 1 => any::<i64>()].boxed()
}

fn float() -> BoxedStrategy<f64> {
    prop_oneof![4 => select(vec![-1.0, -0.0, 0.0, 0.5, 2.0]), 1 => any::<f64>().prop_filter("finite", |f| f.is_finite())]
        .boxed()
}

fn instant() -> BoxedStrategy<String> {
    let time = (0..3, 1..3, 1..3, 0..24, select(vec!["", ":59", ":00.000001", ":30.5"]), select(vec!["Z", "-02:00"]));
    time.prop_map(|(y, m, d, h, second, offset)| format!("{:04}-{m:02}-{d:02}T{h:02}:00{second}{offset}", 2019 + y))
        .boxed()
}

fn period() -> BoxedStrategy<Period> {
    let text = prop_oneof![
        (2019..2023).prop_map(|year: i32| year.to_string()),
        (2019..2022, 1..13).prop_map(|(year, month)| format!("{year}-{month:02}")),
        (2019..2022, 1..3, 1..29).prop_map(|(year, month, day)| format!("{year}-{month:02}-{day:02}")),
        select(vec!["0001".to_owned(), "9999-12-31".to_owned()]),
        instant(),
    ];
    text.prop_map(|text| Period::of_filter(&text).expect("a date")).boxed()
}

/// A field and literals of its type.
fn literals(count: std::ops::Range<usize>) -> BoxedStrategy<(String, Vec<Literal>)> {
    let of =
        |field: &str, literal: BoxedStrategy<Literal>| (Just(field.to_owned()), vec(literal, count.clone())).boxed();
    let keywords = keyword().prop_map(Literal::Keyword).boxed();
    let integers = integer().prop_map(Literal::Integer).boxed();
    prop_oneof![
        3 => of("lang", keywords.clone()),
        1 => of("author.name", keywords.clone()),
        1 => of("an `odd` name", keywords),
        3 => of("year", integers.clone()),
        1 => of("In", integers),
        3 => of("score", float().prop_map(Literal::Float).boxed()),
        2 => of("draft", any::<bool>().prop_map(Literal::Boolean).boxed()),
        3 => of("published", period().prop_map(Literal::Date).boxed()),
    ]
    .boxed()
}

fn condition() -> BoxedStrategy<Filter> {
    let compare = (literals(1..2), select(Op::ALL.to_vec())).prop_map(|((field, mut literals), op)| {
        let value = literals.remove(0);
        let op = if matches!(value, Literal::Boolean(_)) && op != Op::Equal { Op::NotEqual } else { op };
        Filter::Compare { field, op, value }
    });
    let names = fields().iter().map(|(name, _)| name.to_owned()).collect::<Vec<_>>();
    prop_oneof![
        6 => compare,
        2 => literals(1..4).prop_map(|(field, values)| Filter::In { field, values }),
        1 => select(names).prop_map(|field| Filter::Exists { field }),
        1 => (select(KEYWORDS.to_vec()), keyword())
            .prop_map(|(field, prefix)| Filter::Prefix { field: field.to_owned(), prefix }),
    ]
    .boxed()
}

/// Filters in the form that binding gives them.
pub(crate) fn filter() -> BoxedStrategy<Filter> {
    condition()
        .prop_recursive(5, 40, 4, |inner| {
            prop_oneof![
                vec(inner.clone(), 2..4).prop_map(all),
                vec(inner.clone(), 2..4).prop_map(any_of),
                inner.prop_map(|inner| Filter::Not(Box::new(inner))),
            ]
        })
        .boxed()
}

pub(super) fn all(parts: Vec<Filter>) -> Filter {
    let open = |part| if let Filter::And(inner) = part { inner } else { vec![part] };
    Filter::And(parts.into_iter().flat_map(open).collect())
}

pub(super) fn any_of(parts: Vec<Filter>) -> Filter {
    let open = |part| if let Filter::Or(inner) = part { inner } else { vec![part] };
    Filter::Or(parts.into_iter().flat_map(open).collect())
}

pub(super) fn field_and_literals() -> BoxedStrategy<(String, Vec<Literal>)> {
    literals(1..4)
}

pub(super) fn dates() -> BoxedStrategy<(Period, i64)> {
    (period(), period(), -1..2_i64, any::<bool>())
        .prop_map(|(period, near, step, own)| {
            let edge = if own { period.start() } else { near.end() };
            (period, edge + step)
        })
        .boxed()
}

/// Documents: each field absent, with one value, or with several.
pub(crate) fn document() -> BoxedStrategy<Values> {
    let one = prop_oneof![
        3 => keyword().prop_map(|v| ("lang", json!(v))),
        1 => keyword().prop_map(|v| ("author.name", json!(v))),
        1 => keyword().prop_map(|v| ("an `odd` name", json!(v))),
        2 => integer().prop_map(|v| ("year", json!(v))),
        1 => integer().prop_map(|v| ("In", json!(v))),
        2 => float().prop_map(|v| ("score", json!(v))),
        1 => integer().prop_map(|v| ("score", json!(v))),
        2 => any::<bool>().prop_map(|v| ("draft", json!(v))),
        2 => instant().prop_map(|v| ("published", json!(v))),
        1 => (2019..2022, 1..3, 1..3).prop_map(|(y, m, d)| ("published", json!(format!("{y}-{m:02}-{d:02}")))),
        1 => keyword().prop_map(|v| ("body", json!(v))),
    ];
    let metadata = vec(one, 0..8).prop_map(|pairs| {
        let mut metadata: serde_json::Map<String, serde_json::Value> = serde_json::Map::new();
        for (field, value) in pairs {
            let values = metadata.entry(field).or_insert_with(|| json!([]));
            values.as_array_mut().expect("an array").push(value);
        }
        serde_json::Value::Object(metadata)
    });
    metadata.prop_map(|metadata| values(&metadata)).boxed()
}

/// Metadata of any shape.
pub(super) fn metadata() -> BoxedStrategy<serde_json::Map<String, serde_json::Value>> {
    let scalar = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|v| json!(v)),
        any::<i64>().prop_map(|v| json!(v)),
        any::<u64>().prop_map(|v| json!(v)),
        any::<f64>().prop_map(|v| json!(v)),
        any::<String>().prop_map(|v| json!(v)),
        instant().prop_map(|v| json!(v)),
    ];
    let value = scalar.prop_recursive(6, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(|v| json!(v)),
            btree_map("[a-c.]{0,2}", inner, 0..4).prop_map(|v| json!(v)),
        ]
    });
    btree_map("[a-c.]{0,2}", value, 0..5).prop_map(|map| map.into_iter().collect()).boxed()
}
