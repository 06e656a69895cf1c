//! Serializes Rust types to table values.

use crate::boundary::Owned;
use crate::bytes;
use crate::data_error::{DataError, Result};
use crate::{Bytes, Failure};
use serde_core::ser::{
    Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
};
use std::any::Any;

/// `Number.MAX_SAFE_INTEGER`.
const MAX_SAFE_INTEGER: u64 = 9_007_199_254_740_991;

/// How deep arrays and objects may nest. The pool has the same limit, but more levels could
/// overflow the stack before it checks them.
const MAX_DEPTH: u32 = 100;

/// Converts the result of a task.
///
/// # Errors
///
/// As [`to_value`].
pub(crate) fn into_value<T: Serialize + 'static>(result: T) -> std::result::Result<Owned, Failure> {
    let mut result = Some(result);
    // A result that is only bytes is moved, since serde could only share it.
    let bytes = (&mut result as &mut dyn Any).downcast_mut::<Option<Bytes>>();
    match bytes.and_then(Option::take) {
        Some(bytes) => Ok(bytes.into_owned()),
        None => to_value(&result),
    }
}

/// Converts a value.
///
/// # Errors
///
/// If JavaScript has no equivalent of the value.
pub(crate) fn to_value(value: &(impl Serialize + ?Sized)) -> std::result::Result<Owned, Failure> {
    let writer = Writer { depth: 0 };
    value.serialize(writer).map_err(DataError::of_result)
}

/// Serializes one value.
#[derive(Clone, Copy)]
struct Writer {
    /// The number of arrays and objects around the value.
    depth: u32,
}

impl Writer {
    /// The writer of the content of an array or object.
    fn inner(self) -> Result<Self> {
        if self.depth == MAX_DEPTH {
            return Err(DataError::too_deep());
        }
        Ok(Self {
            depth: self.depth + 1,
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "checked before")]
fn integer(magnitude: u64, is_negative: bool) -> Result<Owned> {
    if magnitude > MAX_SAFE_INTEGER {
        let sign = if is_negative { "-" } else { "" };
        return Err(DataError::new(format!(
            " cannot be {sign}{magnitude}: integers of JavaScript are exact up to 2^53 - 1"
        )));
    }
    let number = magnitude as f64;
    Ok(Owned::number(if is_negative { -number } else { number }))
}

/// Methods for numbers that `f64` represents exactly.
macro_rules! exact {
    ($($method:ident $type:ty)*) => {$(
        fn $method(self, value: $type) -> Result<Owned> {
            Ok(Owned::number(value.into()))
        }
    )*};
}

impl Serializer for Writer {
    type Ok = Owned;
    type Error = DataError;
    type SerializeSeq = Items;
    type SerializeTuple = Items;
    type SerializeTupleStruct = Items;
    type SerializeTupleVariant = InVariant<Items>;
    type SerializeMap = Map;
    type SerializeStruct = Fields;
    type SerializeStructVariant = InVariant<Fields>;

    exact! {
        serialize_i8 i8 serialize_i16 i16 serialize_i32 i32 serialize_u8 u8 serialize_u16 u16 serialize_u32 u32
        serialize_f32 f32 serialize_f64 f64
    }

    fn serialize_bool(self, value: bool) -> Result<Owned> {
        Ok(Owned::bool(value))
    }

    fn serialize_i64(self, value: i64) -> Result<Owned> {
        integer(value.unsigned_abs(), value < 0)
    }

    fn serialize_u64(self, value: u64) -> Result<Owned> {
        integer(value, false)
    }

    fn serialize_char(self, value: char) -> Result<Owned> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<Owned> {
        Ok(Owned::text(value.into()))
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<Owned> {
        Ok(Bytes::from(value).into_owned())
    }

    fn serialize_none(self) -> Result<Owned> {
        Ok(Owned::null())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Owned> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Owned> {
        Ok(Owned::undefined())
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<Owned> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<Owned> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<Owned> {
        match (name == bytes::NAME).then(bytes::passed).flatten() {
            Some(bytes) => Ok(bytes.into_owned()),
            None => value.serialize(self),
        }
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Owned> {
        let value = value.serialize(self.inner()?);
        variant_of(variant, value.map_err(|error| error.in_field(variant))?)
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Items> {
        // The length hint is not trusted: it may exceed the memory.
        Ok(Items {
            items: Vec::with_capacity(length.unwrap_or(0).min(1024)),
            writer: self.inner()?,
        })
    }

    fn serialize_tuple(self, length: usize) -> Result<Items> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(self, _name: &'static str, length: usize) -> Result<Items> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<InVariant<Items>> {
        let content = self.inner()?.serialize_seq(Some(length))?;
        Ok(InVariant { variant, content })
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Map> {
        Ok(Map {
            fields: Vec::new(),
            key: None,
            writer: self.inner()?,
        })
    }

    fn serialize_struct(self, _name: &'static str, length: usize) -> Result<Fields> {
        Ok(Fields {
            fields: Vec::with_capacity(length),
            writer: self.inner()?,
        })
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        _index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<InVariant<Fields>> {
        let content = self.inner()?.serialize_struct(name, length)?;
        Ok(InVariant { variant, content })
    }
}

/// `{ Variant: value }`.
#[expect(clippy::unnecessary_wraps, reason = "for its callers")]
fn variant_of(variant: &'static str, value: Owned) -> Result<Owned> {
    Ok(Owned::record([(variant, value)]))
}

/// Collects the items of an array.
struct Items {
    items: Vec<Owned>,
    writer: Writer,
}

impl SerializeSeq for Items {
    type Ok = Owned;
    type Error = DataError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        let index = self.items.len();
        let item = value.serialize(self.writer);
        self.items.push(item.map_err(|error| error.in_item(index))?);
        Ok(())
    }

    fn end(self) -> Result<Owned> {
        Ok(Owned::list(self.items))
    }
}

impl SerializeTuple for Items {
    type Ok = Owned;
    type Error = DataError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Result<Owned> {
        SerializeSeq::end(self)
    }
}

impl SerializeTupleStruct for Items {
    type Ok = Owned;
    type Error = DataError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Result<Owned> {
        SerializeSeq::end(self)
    }
}

/// The content of a variant.
struct InVariant<T> {
    variant: &'static str,
    content: T,
}

impl SerializeTupleVariant for InVariant<Items> {
    type Ok = Owned;
    type Error = DataError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        let added = SerializeSeq::serialize_element(&mut self.content, value);
        added.map_err(|error| error.in_field(self.variant))
    }

    fn end(self) -> Result<Owned> {
        variant_of(self.variant, SerializeSeq::end(self.content)?)
    }
}

/// Collects the fields of a struct.
struct Fields {
    fields: Vec<(&'static str, Owned)>,
    writer: Writer,
}

impl SerializeStruct for Fields {
    type Ok = Owned;
    type Error = DataError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<()> {
        let value = value.serialize(self.writer);
        self.fields
            .push((name, value.map_err(|error| error.in_field(name))?));
        Ok(())
    }

    fn end(self) -> Result<Owned> {
        Ok(Owned::record(self.fields))
    }
}

impl SerializeStructVariant for InVariant<Fields> {
    type Ok = Owned;
    type Error = DataError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<()> {
        let added = self.content.serialize_field(name, value);
        added.map_err(|error| error.in_field(self.variant))
    }

    fn end(self) -> Result<Owned> {
        variant_of(self.variant, self.content.end()?)
    }
}

/// Collects the entries of a map.
struct Map {
    fields: Vec<(Box<str>, Owned)>,
    key: Option<Box<str>>,
    writer: Writer,
}

impl SerializeMap for Map {
    type Ok = Owned;
    type Error = DataError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        self.key = Some(key.serialize(KeyWriter)?.into());
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        let key = self.key.take().unwrap_or_default();
        let value = value.serialize(self.writer);
        let value = value.map_err(|error| error.in_field(&key))?;
        self.fields.push((key, value));
        Ok(())
    }

    fn end(self) -> Result<Owned> {
        Ok(Owned::record(self.fields))
    }
}

/// Serializes a map key: a text, or a value that has a text form.
struct KeyWriter;

macro_rules! as_text {
    ($($method:ident $type:ty)*) => {$(
        fn $method(self, value: $type) -> Result<String> {
            Ok(value.to_string())
        }
    )*};
}

macro_rules! refused {
    ($($method:ident($($type:ty),*) $result:ty)*) => {$(
        fn $method(self, $(_: $type),*) -> Result<$result> {
            Err(no_key())
        }
    )*};
}

fn no_key() -> DataError {
    DataError::new(" has a key that is neither a text nor an integer")
}

impl Serializer for KeyWriter {
    type Ok = String;
    type Error = DataError;
    type SerializeSeq = Impossible<String, DataError>;
    type SerializeTuple = Impossible<String, DataError>;
    type SerializeTupleStruct = Impossible<String, DataError>;
    type SerializeTupleVariant = Impossible<String, DataError>;
    type SerializeMap = Impossible<String, DataError>;
    type SerializeStruct = Impossible<String, DataError>;
    type SerializeStructVariant = Impossible<String, DataError>;

    as_text! {
        serialize_bool bool serialize_i8 i8 serialize_i16 i16 serialize_i32 i32 serialize_i64 i64 serialize_u8 u8
        serialize_u16 u16 serialize_u32 u32 serialize_u64 u64 serialize_char char serialize_str &str
    }

    refused! {
        serialize_f32(f32) String
        serialize_f64(f64) String
        serialize_bytes(&[u8]) String
        serialize_none() String
        serialize_unit() String
        serialize_unit_struct(&'static str) String
        serialize_seq(Option<usize>) Self::SerializeSeq
        serialize_tuple(usize) Self::SerializeTuple
        serialize_tuple_struct(&'static str, usize) Self::SerializeTupleStruct
        serialize_tuple_variant(&'static str, u32, &'static str, usize) Self::SerializeTupleVariant
        serialize_map(Option<usize>) Self::SerializeMap
        serialize_struct(&'static str, usize) Self::SerializeStruct
        serialize_struct_variant(&'static str, u32, &'static str, usize) Self::SerializeStructVariant
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<String> {
        value.serialize(self)
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<String> {
        Ok(variant.to_owned())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<String> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _value: &T,
    ) -> Result<String> {
        Err(no_key())
    }
}
