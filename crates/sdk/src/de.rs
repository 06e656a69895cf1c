//! Deserializes table values to Rust types.

use crate::Bytes;
use crate::Failure;
use crate::boundary::{Owned, OwnedField, View};
use crate::bytes;
use crate::data_error::{DataError, Result};
use serde_core::de::value::StrDeserializer;
use serde_core::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, IntoDeserializer,
    MapAccess, SeqAccess, Unexpected, VariantAccess, Visitor,
};
use serde_core::forward_to_deserialize_any;
use std::iter;
use std::slice;

/// `Number.MAX_SAFE_INTEGER`.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

/// Converts the input of a task.
///
/// # Errors
///
/// If `T` does not accept the input.
pub(crate) fn from_value<T: DeserializeOwned>(
    value: &mut Owned,
) -> std::result::Result<T, Failure> {
    T::deserialize(Reader(value)).map_err(DataError::of_data)
}

/// Deserializes one value. Takes bytes out of it.
struct Reader<'a>(&'a mut Owned);

impl<'a> Reader<'a> {
    fn view(self) -> Result<View<'a>> {
        self.0
            .view()
            .ok_or_else(|| DataError::new(" is malformed: the pool and the addon disagree"))
    }
}

/// Calls the visitor's integer method if the number is an integer.
fn visit_number<'de, V: Visitor<'de>>(number: f64, visitor: V) -> Result<V::Value> {
    let is_integer = number.fract() == 0.0 && number.abs() <= MAX_SAFE_INTEGER;
    if !is_integer || (number == 0.0 && number.is_sign_negative()) {
        return visitor.visit_f64(number);
    }
    #[expect(clippy::cast_possible_truncation, reason = "checked above")]
    let integer = number as i64;
    match u64::try_from(integer) {
        Ok(positive) => visitor.visit_u64(positive),
        Err(_) => visitor.visit_i64(integer),
    }
}

/// Methods for integers, which have no negative zero.
macro_rules! as_integer {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            match self.0.view() {
                Some(View::Number(number)) => visit_number(number + 0.0, visitor),
                _ => self.deserialize_any(visitor),
            }
        }
    )*};
}

/// Methods for texts. serde's `String` accepts UTF-8 bytes, but a JavaScript buffer is not a text.
macro_rules! as_text {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            match self.0.view() {
                Some(bytes @ View::Bytes(_)) => {
                    Err(Error::invalid_type(unexpected(&bytes), &visitor))
                }
                _ => self.deserialize_any(visitor),
            }
        }
    )*};
}

/// Forwards methods to `deserialize_any`, which inspects the value.
macro_rules! as_any {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            self.deserialize_any(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Reader<'de> {
    type Error = DataError;

    as_text! { deserialize_char deserialize_str deserialize_string deserialize_identifier }

    as_integer! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128 deserialize_u8 deserialize_u16
        deserialize_u32 deserialize_u64 deserialize_u128
    }

    as_any! { deserialize_bool deserialize_bytes deserialize_byte_buf deserialize_map }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.view()? {
            View::Undefined => visitor.visit_unit(),
            View::Null => visitor.visit_none(),
            View::Bool(value) => visitor.visit_bool(value),
            View::Number(number) => visit_number(number, visitor),
            View::Text(text) => visitor.visit_borrowed_str(text),
            View::Bytes(value) => visitor.visit_bytes(value.content().unwrap_or_default()),
            View::List(items) => Items::visit(items, visitor),
            View::Record(fields) => visitor.visit_map(Fields::of(fields)),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.0.view() {
            Some(View::Number(number)) => visitor.visit_f64(number),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.0.view() {
            Some(View::Undefined | View::Null) => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.0.view() {
            Some(View::Undefined | View::Null) => visitor.visit_unit(),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        if name != bytes::NAME {
            return visitor.visit_newtype_struct(self);
        }
        match self.0.view() {
            Some(View::Bytes(value)) => {
                bytes::pass(Bytes::taken(value));
                visitor.visit_newtype_struct(self)
            }
            Some(other) => Err(Error::invalid_type(unexpected(&other), &visitor)),
            None => self.deserialize_any(visitor),
        }
    }

    /// Accepts bytes as well, for `Vec<u8>` and `[u8; 32]`.
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.view()? {
            View::Bytes(value) => {
                visitor.visit_seq(Octets(value.content().unwrap_or_default().iter()))
            }
            View::List(items) => Items::visit(items, visitor),
            other => Err(Error::invalid_type(unexpected(&other), &visitor)),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value> {
        let found = match self.0.view() {
            Some(View::List(items)) => items.len(),
            Some(View::Bytes(value)) => value.content().unwrap_or_default().len(),
            _ => length,
        };
        if found != length {
            return Err(DataError::new(format!(
                " must have length {length}; got {found}"
            )));
        }
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        match self.view()? {
            View::Record(fields) => visitor.visit_map(Fields::of(fields)),
            View::List(items) => Items::visit(items, visitor),
            other => Err(DataError::new(format!(
                " must be an object; got {}",
                kind(&other)
            ))),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        match self.view()? {
            View::Text(text) => visitor.visit_enum(Variant {
                name: text,
                value: None,
            }),
            View::Record([field]) => {
                let (name, value) = parts_of(field)?;
                visitor.visit_enum(Variant {
                    name,
                    value: Some(value),
                })
            }
            other => Err(DataError::new(format!(
                " must be one of {}; got {}",
                variants.join(", "),
                kind(&other)
            ))),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_unit()
    }
}

fn unexpected<'a>(view: &'a View<'_>) -> Unexpected<'a> {
    match view {
        View::Undefined => Unexpected::Unit,
        View::Null => Unexpected::Option,
        View::Bool(value) => Unexpected::Bool(*value),
        View::Number(number) => Unexpected::Float(*number),
        View::Text(text) => Unexpected::Str(text),
        View::Bytes(_) => Unexpected::Bytes(&[]),
        View::List(_) => Unexpected::Seq,
        View::Record(_) => Unexpected::Map,
    }
}

fn kind(view: &View<'_>) -> &'static str {
    match view {
        View::Undefined => "undefined",
        View::Null => "null",
        View::Bool(_) => "a boolean",
        View::Number(_) => "a number",
        View::Text(_) => "a string",
        View::Bytes(_) => "bytes",
        View::List(_) => "an array",
        View::Record(_) => "an object",
    }
}

fn parts_of(field: &mut OwnedField) -> Result<(&str, &mut Owned)> {
    let parts = field.parts();
    parts.ok_or_else(|| DataError::new(" has a field whose name is malformed"))
}

/// Bytes as a sequence of numbers.
struct Octets<'a>(slice::Iter<'a, u8>);

impl<'de> SeqAccess<'de> for Octets<'de> {
    type Error = DataError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        let next = self.0.next();
        next.map(|&byte| seed.deserialize(byte.into_deserializer()))
            .transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

/// The items of an array.
struct Items<'a>(iter::Enumerate<slice::IterMut<'a, Owned>>);

impl<'a> Items<'a> {
    /// Passes the items to a visitor, which must read all of them.
    fn visit<V: Visitor<'a>>(items: &'a mut [Owned], visitor: V) -> Result<V::Value> {
        let length = items.len();
        let mut items = Self(items.iter_mut().enumerate());
        let value = visitor.visit_seq(&mut items)?;
        match items.0.len() {
            0 => Ok(value),
            rest => Err(DataError::new(format!(
                " must have length {}; got {length}",
                length - rest
            ))),
        }
    }
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = DataError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        let Some((index, item)) = self.0.next() else {
            return Ok(None);
        };
        seed.deserialize(Reader(item))
            .map(Some)
            .map_err(|error| error.in_item(index))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

/// The fields of an object. An undefined field counts as missing.
struct Fields<'a> {
    rest: slice::IterMut<'a, OwnedField>,
    /// The value of the field whose name was read last.
    current: Option<(&'a str, &'a mut Owned)>,
}

impl<'a> Fields<'a> {
    fn of(fields: &'a mut [OwnedField]) -> Self {
        Self {
            rest: fields.iter_mut(),
            current: None,
        }
    }
}

impl<'de> MapAccess<'de> for Fields<'de> {
    type Error = DataError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        for field in self.rest.by_ref() {
            let (name, value) = parts_of(field)?;
            if matches!(value.view(), Some(View::Undefined)) {
                continue;
            }
            self.current = Some((name, value));
            return seed.deserialize(Key(name)).map(Some);
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
        let Some((name, value)) = self.current.take() else {
            return Err(DataError::new(" has no field to read"));
        };
        seed.deserialize(Reader(value))
            .map_err(|error| error.in_field(name))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

/// A field name. Map keys may be numbers.
struct Key<'a>(&'a str);

macro_rules! as_number {
    ($($method:ident $visit:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            match self.0.parse() {
                Ok(number) => visitor.$visit(number),
                Err(_) => visitor.visit_borrowed_str(self.0),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Key<'de> {
    type Error = DataError;

    as_number! {
        deserialize_i8 visit_i8 deserialize_i16 visit_i16 deserialize_i32 visit_i32 deserialize_i64 visit_i64
        deserialize_u8 visit_u8 deserialize_u16 visit_u16 deserialize_u32 visit_u32 deserialize_u64 visit_u64
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_borrowed_str(self.0)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        StrDeserializer::new(self.0).deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        bool i128 u128 f32 f64 char str string bytes byte_buf option unit unit_struct seq tuple tuple_struct map struct
        identifier ignored_any
    }
}

/// An enum variant: a text, or an object with one field.
struct Variant<'a> {
    name: &'a str,
    value: Option<&'a mut Owned>,
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = DataError;
    type Variant = Content<'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Content<'de>)> {
        let name = StrDeserializer::<DataError>::new(self.name);
        let content = Content {
            name: self.name,
            value: self.value,
        };
        Ok((seed.deserialize(name)?, content))
    }
}

/// The content of a variant.
struct Content<'a> {
    name: &'a str,
    value: Option<&'a mut Owned>,
}

impl<'a> Content<'a> {
    /// Deserializes the content with `read`.
    fn read<T>(self, read: impl FnOnce(Reader<'a>) -> Result<T>) -> Result<T> {
        match self.value {
            Some(value) => read(Reader(value)).map_err(|error| error.in_field(self.name)),
            None => Err(DataError::new(format!(
                " must be an object with the field {}; got a string",
                self.name
            ))),
        }
    }
}

impl<'de> VariantAccess<'de> for Content<'de> {
    type Error = DataError;

    fn unit_variant(self) -> Result<()> {
        match self.value {
            None => Ok(()),
            Some(_) => self.read(serde_core::Deserialize::deserialize),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value> {
        self.read(|reader| seed.deserialize(reader))
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value> {
        self.read(|reader| reader.deserialize_tuple(length, visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.read(|reader| reader.deserialize_struct("", fields, visitor))
    }
}
