//! How small either side makes the same inputs: what a time of compression says nothing without.

use std::process::ExitCode;

use serde_json::{Value, json};

use crate::codec::{Codec, Format, compressed};
use crate::{formats, native};

/// Inputs of each size and kind.
const INPUTS: u64 = 16;

/// Prints the table, and with `--json FILE` writes it.
pub fn main(arguments: impl Iterator<Item = String>) -> ExitCode {
    let arguments: Vec<String> = arguments.collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let file = match arguments[..] {
        [] => None,
        ["--json", file] => Some(file),
        _ => {
            eprintln!("usage: diptych-wild sizes [--json FILE]");
            return ExitCode::from(2);
        }
    };
    let rows: Vec<Value> = formats::present().iter().flat_map(rows).collect();
    for row in &rows {
        let (native, port) = (&row["native"], &row["port"]);
        let equal = if row["same_bytes"] == true { ", the same bytes" } else { "" };
        println!(
            "{}/{}/{}  {} {}, {} {}{equal}",
            row["component"].as_str().unwrap_or_default(),
            row["workload"].as_str().unwrap_or_default(),
            row["n"],
            native["name"].as_str().unwrap_or_default(),
            native["bytes"],
            port["name"].as_str().unwrap_or_default(),
            port["bytes"],
        );
    }
    let Some(file) = file else {
        return ExitCode::SUCCESS;
    };
    let all = json!({
        "schema": "diptych-wild-sizes",
        "version": 1,
        "inputs": INPUTS,
        "absent": native::absent(),
        "rows": rows,
    });
    match std::fs::write(file, format!("{all:#}\n")) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{file}: {error}");
            ExitCode::from(2)
        }
    }
}

/// The mean size of the inputs once compressed, by either side, for each workload that compresses.
fn rows(format: &Format) -> Vec<Value> {
    let names = (format.sides)().map(|side| side.name);
    let row = |(level, kind, n): (i32, crate::inputs::Kind, u64)| {
        let len = usize::try_from(n).expect("sizes are small");
        let inputs: Vec<Vec<u8>> = (0..INPUTS).map(|seed| kind.bytes(len, seed)).collect();
        let all = |codec: Codec| -> Vec<Vec<u8>> {
            inputs.iter().map(|input| compressed(codec, level, input)).collect()
        };
        let [native, port] = [format.native, format.port].map(all);
        let mean =
            |outputs: &[Vec<u8>]| outputs.iter().map(Vec::len).sum::<usize>() as u64 / INPUTS;
        json!({
            "component": format.name,
            "workload": format.compression(level, kind),
            "n": n,
            "native": {"name": names[0], "bytes": mean(&native)},
            "port": {"name": names[1], "bytes": mean(&port)},
            "same_bytes": native == port,
        })
    };
    format.compressions().map(row).collect()
}
