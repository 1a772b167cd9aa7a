//! What filters say of documents, by example and by algebra.

use proptest::prelude::*;
use serde_json::json;

use super::arbitrary::{all, any_of, dates, document, field_and_literals, filter, metadata};
use super::*;

fn not(filter: Filter) -> Filter {
    Filter::Not(Box::new(filter))
}

fn compare(field: &str, op: Op, value: &Literal) -> Filter {
    Filter::Compare { field: field.to_owned(), op, value: value.clone() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn de_morgan_holds(a in filter(), b in filter(), values in document()) {
        let neither = not(any_of(vec![a.clone(), b.clone()]));
        prop_assert_eq!(neither.matches(&values), all(vec![not(a.clone()), not(b.clone())]).matches(&values));
        let not_both = not(all(vec![a.clone(), b.clone()]));
        prop_assert_eq!(not_both.matches(&values), any_of(vec![not(a.clone()), not(b)]).matches(&values));
        prop_assert_eq!(not(not(a.clone())).matches(&values), a.matches(&values));
    }

    #[test]
    fn different_is_not_equal_and_in_is_equal_to_one(
        (field, literals) in field_and_literals(),
        values in document(),
    ) {
        let equal = |literal| compare(&field, Op::Equal, literal).matches(&values);
        let different = compare(&field, Op::NotEqual, &literals[0]);
        prop_assert_eq!(different.matches(&values), !equal(&literals[0]));
        let within = Filter::In { field: field.clone(), values: literals.clone() };
        prop_assert_eq!(within.matches(&values), literals.iter().any(equal));
    }

    #[test]
    fn a_field_has_a_value_exactly_if_one_orders_with_a_literal(
        (field, literals) in field_and_literals(),
        values in document(),
    ) {
        let holds = |op| compare(&field, op, &literals[0]).matches(&values);
        let exists = Filter::Exists { field: field.clone() }.matches(&values);
        if !matches!(literals[0], Literal::Boolean(_)) {
            prop_assert_eq!(holds(Op::Less) || holds(Op::GreaterOrEqual), exists);
            prop_assert_eq!(holds(Op::LessOrEqual), holds(Op::Less) || holds(Op::Equal));
            prop_assert_eq!(holds(Op::GreaterOrEqual), holds(Op::Greater) || holds(Op::Equal));
        }
    }

    #[test]
    fn dates_compare_with_the_span_of_a_literal((period, instant) in dates()) {
        let mut values = Values::default();
        values.push("published", Value::Date(instant));
        let holds = |op| compare("published", op, &Literal::Date(period)).matches(&values);
        prop_assert_eq!(holds(Op::Equal), (period.start()..period.end()).contains(&instant));
        prop_assert_eq!(holds(Op::Less), instant < period.start());
        prop_assert_eq!(holds(Op::LessOrEqual), instant < period.end());
        prop_assert_eq!(holds(Op::Greater), instant >= period.end());
        prop_assert_eq!(holds(Op::GreaterOrEqual), instant >= period.start());
    }

    #[test]
    fn what_is_learnt_from_a_document_fits_its_first_values(metadata in metadata()) {
        let mut fields = Fields::default();
        fields.learn(&metadata);
        let (values, conflicts) = fields.typed(&metadata);
        for (field, _) in fields.iter() {
            prop_assert!(!values.of(field).is_empty(), "{} in {:?}, {:?}", field, metadata, conflicts);
        }
        let before = fields.clone();
        fields.learn(&metadata);
        prop_assert_eq!(before, fields);
    }
}

#[test]
fn filters_match_as_their_documentation_says() {
    let document = values(&json!({
        "lang": ["en", null, "de"], "year": 2020, "score": 1, "published": "2020-05-01T12:00:00Z", "body": "long",
        "author": {"name": "Ada"},
    }));
    for text in [
        "year = 2020 and year != 2019 and year > 2019 and year >= 2020 and year < 2021 and year <= 2020",
        "lang = 'en' and lang = 'de' and lang != 'fr' and lang in ('fr', 'de') and lang not in ('fr', 'it')",
        "lang < 'e' and lang > 'e' and lang prefix 'd' and lang prefix '' and not lang prefix 'n'",
        "score = 1 and score < 1.5 and `author.name` = 'Ada' and author.name >= 'A'",
        "published = '2020' and published = '2020-05' and published <= '2020-05-01' and published > '2020-04'",
        "published = '2020-05-01T14:00+02:00' and published >= '2020-05' and published < '2020-06'",
        "exists(body) and not exists(draft) and draft != true and not draft and draft not in (true, false)",
        "not (draft = true or draft = false)",
    ] {
        for part in text.split(" and ") {
            assert!(parse(part).matches(&document), "{part}");
        }
        assert!(parse(text).matches(&document), "{text}");
    }
}

#[test]
fn an_absent_field_satisfies_no_comparison() {
    let nothing = Values::default();
    for text in ["year = 1", "year < 1", "year >= 1", "year in (1)", "lang prefix ''", "draft", "exists(body)"] {
        assert!(!parse(text).matches(&nothing), "{text}");
        assert!(parse(&format!("not {text}")).matches(&nothing), "{text}");
    }
}
