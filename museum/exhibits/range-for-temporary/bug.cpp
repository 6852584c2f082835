// Prints the tags of a post. The post is a temporary, and the loop ranges over a member of it that
// the getter hands out by reference: the post is gone before the first turn.
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

class Post {
public:
    explicit Post(std::vector<std::string> tags) : tags_(std::move(tags)) {}
    const std::vector<std::string>& tags() const { return tags_; }

private:
    std::vector<std::string> tags_;
};

Post newest_post() { return Post({"ownership", "lifetimes", "temporaries"}); }

int main() {
#ifdef FIXED
    const Post post = newest_post();
    for (const std::string& tag : post.tags()) {
#else
    for (const std::string& tag : newest_post().tags()) {
#endif
        std::printf("#%s\n", tag.c_str());
    }
}
