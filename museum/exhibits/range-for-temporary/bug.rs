//! Prints the tags of a post. The post is a temporary, and the loop ranges over a part of it.
#![forbid(unsafe_code)]

struct Post {
    tags: Vec<String>,
}

impl Post {
    fn tags(&self) -> &[String] {
        &self.tags
    }
}

fn newest_post() -> Post {
    Post { tags: ["ownership", "lifetimes", "temporaries"].map(String::from).to_vec() }
}

#[cfg(not(fixed))]
fn main() {
    for tag in newest_post().tags() {
        println!("#{tag}");
    }
}

#[cfg(fixed)]
fn main() {
    let post = newest_post();
    for tag in post.tags() {
        println!("#{tag}");
    }
}
