//! A search for all ways to put queens on a board, by joins, scopes and loops of the Rust twin.
//!
//! ```sh
//! cargo run --release --example thread_pool
//! ```

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use diptych::thread_pool::{self, Builder, CancelToken, Failure, Options};

/// Columns and diagonals that are taken, one bit each, in the row that is next.
#[derive(Clone, Copy)]
struct Board {
    size: u32,
    columns: u32,
    left: u32,
    right: u32,
}

impl Board {
    fn new(size: u32) -> Self {
        Self { size, columns: 0, left: 0, right: 0 }
    }

    fn rows(self) -> u32 {
        self.columns.count_ones()
    }

    /// With a queen in each free place of the next row.
    fn next(self) -> impl Iterator<Item = Self> {
        let Self { size, columns, left, right } = self;
        (0..size).map(|column| 1 << column).filter_map(move |queen| {
            let is_free = (columns | left | right) & queen == 0;
            is_free.then(|| Self {
                size,
                columns: columns | queen,
                left: (left | queen) << 1,
                right: (right | queen) >> 1,
            })
        })
    }

    fn count(self) -> u64 {
        if self.rows() == self.size { 1 } else { self.next().map(Self::count).sum() }
    }
}

/// A job for each of the first rows' boards; those spawn their own.
fn by_scope(board: Board) -> u64 {
    fn explore<'a>(scope: &thread_pool::Scope<'a>, board: Board, found: &'a AtomicU64) {
        if board.rows() >= 3 {
            found.fetch_add(board.count(), Relaxed);
            return;
        }
        for next in board.next() {
            scope.spawn(move |scope| explore(scope, next, found));
        }
    }
    let found = AtomicU64::new(0);
    thread_pool::scope(|scope| explore(scope, board, &found));
    found.into_inner()
}

/// A loop over the boards with two queens.
fn by_loop(board: Board) -> u64 {
    let boards: Vec<Board> = board.next().flat_map(Board::next).collect();
    thread_pool::parallel_reduce(&boards[..], || 0, |board| board.count(), |a, b| a + b)
}

fn main() {
    const WAYS: u64 = 2680; // on a board of 11 by 11
    let (scope, sum) = thread_pool::join(|| by_scope(Board::new(11)), || by_loop(Board::new(11)));
    println!("{scope} ways, and again {sum}");
    assert_eq!((scope, sum), (WAYS, WAYS));

    // A pool of one's own, and work for later.
    let pool = Builder::new().threads(2).name("queens").build().expect("threads can be had");
    let task = pool.submit(|| Board::new(8).count());
    let token = CancelToken::new();
    token.cancel();
    let unwanted = Options { token: Some(token.clone()), ..Options::default() };
    let dropped = pool.submit_with(&unwanted, || Board::new(30).count());
    assert_eq!(task.join(), 92);
    assert!(matches!(dropped.wait(), Err(Failure::Cancelled)));
    println!("92 ways on the usual board; {} search was not wanted", token.dropped());
}
