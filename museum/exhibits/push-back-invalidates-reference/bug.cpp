// A balanced search tree whose nodes live in one vector and name each other by index. Building the
// children appends to that vector, while the parent is held by reference.
#include <cstddef>
#include <cstdio>
#include <vector>

struct Node {
    const char* word;
    int left = -1;
    int right = -1;
};

class Tree {
public:
    explicit Tree(const std::vector<const char*>& sorted) { build(sorted, 0, sorted.size()); }
    void print(int at = 0) const {
        if (at < 0)
            return;
        const Node& node = nodes_[static_cast<std::size_t>(at)];
        print(node.left);
        std::printf("%s ", node.word);
        print(node.right);
    }

private:
    int build(const std::vector<const char*>& sorted, std::size_t from, std::size_t to) {
        if (from == to)
            return -1;
        const std::size_t middle = from + (to - from) / 2, at = nodes_.size();
#ifndef FIXED
        Node& node = nodes_.emplace_back(Node{sorted[middle]});
        node.left = build(sorted, from, middle);
        node.right = build(sorted, middle + 1, to);
#else
        nodes_.push_back({sorted[middle]});
        nodes_[at].left = build(sorted, from, middle);
        nodes_[at].right = build(sorted, middle + 1, to);
#endif
        return static_cast<int>(at);
    }

    std::vector<Node> nodes_;
};

int main() {
    Tree({"ant", "bee", "cat", "dog", "elk"}).print();
    std::printf("\n");
}
