//! A balanced search tree whose nodes live in one vector and name each other by index. Building
//! the children appends to that vector, while the parent is held by reference.
#![forbid(unsafe_code)]

struct Node {
    word: &'static str,
    left: Option<usize>,
    right: Option<usize>,
}

#[derive(Default)]
struct Tree {
    nodes: Vec<Node>,
}

impl Tree {
    fn build(&mut self, sorted: &[&'static str]) -> Option<usize> {
        let middle = sorted.len() / 2;
        let word = sorted.get(middle)?;
        let at = self.nodes.len();
        #[cfg(not(fixed))]
        {
            let node = self.nodes.push_mut(Node { word, left: None, right: None });
            node.left = self.build(&sorted[..middle]);
            node.right = self.build(&sorted[middle + 1..]);
        }
        #[cfg(fixed)]
        {
            self.nodes.push(Node { word, left: None, right: None });
            self.nodes[at].left = self.build(&sorted[..middle]);
            self.nodes[at].right = self.build(&sorted[middle + 1..]);
        }
        Some(at)
    }

    fn print(&self, at: Option<usize>) {
        let Some(at) = at else { return };
        let node = &self.nodes[at];
        self.print(node.left);
        print!("{} ", node.word);
        self.print(node.right);
    }
}

fn main() {
    let mut tree = Tree::default();
    let root = tree.build(&["ant", "bee", "cat", "dog", "elk"]);
    tree.print(root);
    println!();
}
