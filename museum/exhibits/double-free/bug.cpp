// An image owns its pixels and frees them in its destructor. A slide takes an image by value and
// moves it in; but a class with a destructor of its own has no move, and its copy copies the
// pointer.
#include <cstddef>
#include <cstdio>
#include <memory>
#include <utility>

class Image {
public:
    Image(std::size_t width, std::size_t height)
        : width_(width), height_(height), pixels_(new unsigned char[width * height]()) {}
#ifndef FIXED
    ~Image() { delete[] pixels_; }
#endif

    std::size_t width() const { return width_; }
    std::size_t height() const { return height_; }

private:
    std::size_t width_, height_;
#ifndef FIXED
    unsigned char* pixels_;
#else
    std::unique_ptr<unsigned char[]> pixels_;
#endif
};

class Slide {
public:
    explicit Slide(Image image) : image_(std::move(image)) {}
    void show() const { std::printf("%zu x %zu\n", image_.width(), image_.height()); }

private:
    Image image_;
};

int main() {
    Image image(16, 9);
    const Slide slide(std::move(image));
    slide.show();
}
