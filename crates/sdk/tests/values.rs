//! Types of Rust become values of the table, and those become the same types again.

use native_worker_pool_sdk::prelude::*;
use native_worker_pool_sdk::testing::TestPool;
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::marker::PhantomData;

/// Answers with its input.
struct Echo<T>(PhantomData<T>);

impl<T: Serialize + DeserializeOwned + 'static> NativeTask for Echo<T> {
    type Input = T;
    type Output = T;

    fn run(&mut self, input: T, _task: &Task) -> Result<T, Failure> {
        Ok(input)
    }
}

fn crossed<T: Serialize + DeserializeOwned + 'static>(value: &T) -> Result<T, Failure> {
    TestPool::new().run_data(&mut Echo(PhantomData), value)
}

/// Asserts that a value crosses unchanged.
fn assert_crosses<T: Serialize + DeserializeOwned + Debug + PartialEq + 'static>(value: &T) {
    assert_eq!(&crossed(value).unwrap(), value);
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Wrapped(f64);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Unit;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Tree {
    Nothing,
    Number(f64),
    Pair(i32, String),
    Bytes(Bytes),
    Node {
        children: Vec<Tree>,
        name: Option<String>,
    },
    Map(BTreeMap<String, Tree>),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
enum Tagged {
    Circle { radius: f64 },
    Pixels { data: Bytes },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Flat {
    id: u32,
    #[serde(flatten)]
    rest: BTreeMap<String, f64>,
}

fn trees() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        Just(Tree::Nothing),
        any::<f64>()
            .prop_filter("NaN is not itself", |number| !number.is_nan())
            .prop_map(Tree::Number),
        (any::<i32>(), ".{0,8}").prop_map(|(number, text)| Tree::Pair(number, text)),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(|bytes| Tree::Bytes(bytes.into())),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            (
                prop::collection::vec(inner.clone(), 0..6),
                prop::option::of(".{0,4}")
            )
                .prop_map(|(children, name)| Tree::Node { children, name }),
            prop::collection::btree_map(".{0,4}", inner, 0..6).prop_map(Tree::Map),
        ]
    })
}

proptest! {
    #[test]
    fn a_tree_crosses(tree in trees()) {
        prop_assert_eq!(crossed(&tree).unwrap(), tree);
    }

    #[test]
    fn an_integer_crosses_if_javascript_has_it(number in any::<i64>()) {
        let crossed = crossed(&number);
        if number.unsigned_abs() < 1 << 53 {
            prop_assert_eq!(crossed.unwrap(), number);
        } else {
            prop_assert!(crossed.unwrap_err().message().starts_with("result cannot be "));
        }
    }

    #[test]
    fn a_number_of_another_type_is_refused(number in any::<f64>()) {
        let is_byte = number.fract() == 0.0 && (0.0..=255.0).contains(&number);
        let byte = TestPool::new().run_data(&mut Echo::<u8>(PhantomData), &number);
        prop_assert_eq!(byte.is_ok(), is_byte);
    }
}

#[test]
fn every_type_of_serde_crosses() {
    assert_crosses(&true);
    assert_crosses(&(1_u8, -1_i8, 2_u16, -2_i16, 3_u32, -3_i32, 4_u64, -4_i64));
    assert_crosses(&(1.5_f32, -0.25_f64, f64::INFINITY, f64::MIN_POSITIVE));
    assert_crosses(&('x', '\u{1f600}', "text".to_owned(), String::new()));
    assert_crosses(&());
    assert_crosses(&Unit);
    assert_crosses(&Wrapped(1.0));
    assert_crosses(&(Some(1), None::<u8>, Some(String::new())));
    assert_crosses(&[1, 2, 3]);
    assert_crosses(&BTreeMap::from([
        (1_u32, "one".to_owned()),
        (70_000, String::new()),
    ]));
    assert_crosses(&BTreeMap::from([(true.to_string(), vec![Unit])]));
    assert_crosses(&Tagged::Circle { radius: 2.0 });
    assert_crosses(&Tagged::Pixels {
        data: vec![1, 2].into(),
    });
    assert_crosses(&Flat {
        id: 7,
        rest: BTreeMap::from([("a".to_owned(), 1.0)]),
    });
    assert_crosses(&vec![Bytes::default(), vec![0; 100_000].into()]);
}

#[test]
fn negative_zero_stays_negative() {
    assert!(crossed(&-0.0_f64).unwrap().is_sign_negative());
    assert!(crossed(&f64::NAN).unwrap().is_nan());
}

#[test]
fn negative_zero_is_an_integer() {
    let read = TestPool::new().run_data(&mut Echo::<u32>(PhantomData), &-0.0);
    assert_eq!(read.unwrap(), 0);
}

#[test]
fn a_list_of_another_length_is_refused() {
    fn refused<T: Serialize + DeserializeOwned + 'static>(data: &impl Serialize) -> String {
        let result = TestPool::new().run_data(&mut Echo::<T>(PhantomData), data);
        result.err().unwrap().message().to_owned()
    }

    assert_eq!(
        refused::<(u8, u8)>(&[1, 2, 3]),
        "data must have length 2; got 3"
    );
    assert_eq!(refused::<(u8, u8)>(&[1]), "data must have length 2; got 1");
    assert_eq!(
        refused::<[u8; 4]>(&Bytes::from(vec![1, 2, 3])),
        "data must have length 4; got 3"
    );
    let pair = BTreeMap::from([("Pair", [1, 2, 3])]);
    assert_eq!(
        refused::<Tree>(&pair),
        "data.Pair must have length 2; got 3"
    );
    // A struct may be a list of its fields.
    assert_eq!(
        refused::<Flag>(&[true, false]),
        "data must have length 1; got 2"
    );
}

#[derive(Serialize, Deserialize)]
struct Flag {
    is_set: bool,
}

#[test]
fn long_texts_and_numbers_are_not_repeated_in_messages() {
    let refused = |data: &BTreeMap<String, f64>| {
        let result = TestPool::new().run_data(&mut Echo::<Strict>(PhantomData), data);
        result.err().unwrap().message().to_owned()
    };
    let long = BTreeMap::from([("x".repeat(1000), 1.0)]);
    assert_eq!(
        refused(&long),
        "data: a string of 1000 bytes is not a field; the fields are count"
    );
    for (number, shown) in [
        (f64::NEG_INFINITY, "-Infinity"),
        (1e300, "1e+300"),
        (0.5, "0.5"),
    ] {
        let message = refused(&BTreeMap::from([("count".to_owned(), number)]));
        assert_eq!(
            message,
            format!("data.count must be an integer (u32); got {shown}")
        );
    }
    let variant = TestPool::new().run_data(&mut Echo::<Tree>(PhantomData), &"x".repeat(1000));
    let message = variant.unwrap_err().message().to_owned();
    assert!(message.ends_with("got a string of 1000 bytes"), "{message}");
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Strict {
    count: u32,
}

/// A list of itself, without an end.
struct Endless;

impl Serialize for Endless {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq([Self])
    }
}

#[test]
fn a_value_that_nests_too_deep_is_refused() {
    let failure = TestPool::new().run_data(&mut Echo::<()>(PhantomData), &Endless);
    let message = failure.unwrap_err().message().to_owned();
    assert!(
        message.ends_with("[0] nests too deep: above 100 levels"),
        "{message}"
    );

    let nested = |levels| {
        let wrap = |tree, _| Tree::Map(BTreeMap::from([("a".to_owned(), tree)]));
        (0..levels).fold(Tree::Nothing, wrap)
    };
    // Each level is an object with the variant, and one with the key.
    assert_crosses(&nested(50));
    assert!(crossed(&nested(51)).is_err());
}

#[test]
fn bytes_are_not_copied() {
    let bytes = Bytes::from(vec![1, 2, 3]);
    assert_eq!(crossed(&bytes).unwrap().as_ptr(), bytes.as_ptr());
}

#[test]
fn bytes_are_bytes_for_other_formats() {
    assert_eq!(
        serde_json::to_string(&Bytes::from(vec![1, 2])).unwrap(),
        "[1,2]"
    );
    assert_eq!(*serde_json::from_str::<Bytes>("[1,2]").unwrap(), [1, 2]);
    // Nothing is left behind for the next value.
    assert_crosses(&Wrapped(2.0));
}

#[test]
fn errors_say_where() {
    let message = |failure: Failure| failure.message().to_owned();
    let refused = |tree: &BTreeMap<&str, Vec<&str>>| {
        let result =
            TestPool::new().run_data(&mut Echo::<BTreeMap<String, Vec<u8>>>(PhantomData), tree);
        message(result.unwrap_err())
    };
    let tree = BTreeMap::from([("a", vec![]), ("b", vec!["x"])]);
    assert_eq!(
        refused(&tree),
        "data.b[0] must be an integer (u8); got a string"
    );
    let keys = BTreeMap::from([(vec![1], 1)]);
    assert_eq!(
        message(
            TestPool::new()
                .run_data(&mut Echo::<()>(PhantomData), &keys)
                .unwrap_err()
        ),
        "result has a key that is neither a text nor an integer"
    );
}
