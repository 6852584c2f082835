//! Adds up a column of a table whose values are integers or reals, told apart by a tag.
#![forbid(unsafe_code)]

#[cfg(not(fixed))]
mod value {
    union Number {
        integer: i64,
        real: f64,
    }

    pub struct Value {
        pub is_real: bool,
        number: Number,
    }

    impl Value {
        pub fn integer(integer: i64) -> Value {
            Value { is_real: false, number: Number { integer } }
        }

        pub fn real(real: f64) -> Value {
            Value { is_real: true, number: Number { real } }
        }

        pub fn number(&self) -> f64 {
            self.number.integer as f64
        }
    }
}

#[cfg(fixed)]
mod value {
    pub enum Value {
        Integer(i64),
        Real(f64),
    }

    impl Value {
        pub fn integer(integer: i64) -> Value {
            Value::Integer(integer)
        }

        pub fn real(real: f64) -> Value {
            Value::Real(real)
        }

        pub fn number(&self) -> f64 {
            match *self {
                Value::Integer(integer) => integer as f64,
                Value::Real(real) => real,
            }
        }
    }
}

use value::Value;

fn main() {
    let prices = [Value::integer(3), Value::real(1.5), Value::integer(4)];
    let sum: f64 = prices.iter().map(Value::number).sum();
    println!("{sum:.2}");
}
