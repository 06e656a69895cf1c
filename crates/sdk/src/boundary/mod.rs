//! Everything unsafe, in three files with an argument each: values that cross the table (`value`),
//! the functions of the table (`table`), and its export to Node.js (`node`).

mod node;
mod table;
mod value;

pub use node::{external, register};
pub use table::table;
pub(crate) use table::{as_task, is_cancelled, report, test_task};
pub use value::{Name, Owned, OwnedField, View};
