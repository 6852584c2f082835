// Draws the widgets of a form. They are owned through a pointer to the base class, whose destructor
// is not virtual: what the derived class owns is never freed.
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

class Widget {
public:
    Widget() = default;
    Widget(const Widget&) = delete;
    Widget(Widget&&) = delete;
    Widget& operator=(const Widget&) = delete;
    Widget& operator=(Widget&&) = delete;
#ifdef FIXED
    virtual ~Widget() = default;
#else
    ~Widget() = default;
#endif
    virtual void draw() const { std::printf("--\n"); }
};

class Label final : public Widget {
public:
    explicit Label(std::string text) : text_(std::move(text)) {}
    void draw() const override { std::printf("%s\n", text_.c_str()); }

private:
    std::string text_;
};

int main() {
    std::vector<std::unique_ptr<Widget>> form;
    form.push_back(std::make_unique<Label>("Name, as it stands in your passport:"));
    form.push_back(std::make_unique<Widget>());
    for (const auto& widget : form) {
        widget->draw();
    }
}
